#include "server/delivery/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "server/journal/memory_result_log.h"
#include "tests/support/fake_timers.h"

namespace rsca::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A client's end of which the test decides when a write is done.
class ManualWriter : public MessageWriter {
 public:
  void StartWrite(const grpc::ByteBuffer& message, bool more_follows) override {
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(message.Dump(&slices).ok());
    std::string text;
    for (const grpc::Slice& slice : slices) {
      text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    messages.push_back(absl::StrCat(text, more_follows ? "+" : ""));
    ++writes_in_flight;
    EXPECT_EQ(writes_in_flight, 1) << "a second write while one is outstanding";
    EXPECT_FALSE(finished.has_value());
  }
  void Finish(const absl::Status& status) override {
    EXPECT_EQ(writes_in_flight, 0) << "finished with a write outstanding";
    EXPECT_FALSE(finished.has_value()) << "finished twice";
    finished = status;
  }
  void CutOff(const absl::Status& status) override { cut_off = status; }

  std::vector<std::string> messages;
  int writes_in_flight = 0;
  std::optional<absl::Status> finished;
  std::optional<absl::Status> cut_off;
};

class TextHeartbeat : public HeartbeatEncoder {
 public:
  grpc::Slice EncodeHeartbeat(uint64_t last_sequence, const std::string& notice) const override {
    return grpc::Slice(absl::StrCat("heartbeat:", last_sequence, notice));
  }
};

class StreamTest : public ::testing::Test {
 protected:
  StreamTest() { EXPECT_TRUE(budget_.Reserve(0)); }

  std::shared_ptr<journal::MemoryResultLog> MakeLog() {
    return journal::MemoryResultLog::Make(1 << 20, 0, &budget_, [](uint64_t) {});
  }

  static void Append(journal::MemoryResultLog* log, int count) {
    std::vector<journal::Entry> entries;
    for (int i = 0; i < count; ++i) {
      entries.push_back(
          {grpc::Slice(absl::StrCat("r", log->last_sequence() + 1 + static_cast<uint64_t>(i))), 1});
    }
    log->Append(std::move(entries)).Wake();
  }

  void MakeStream(uint32_t max_results_per_message) {
    StreamOptions options;
    options.max_results_per_message = max_results_per_message;
    options.heartbeat_interval = absl::Seconds(15);
    options.stall_timeout = absl::Seconds(30);
    stream_ = std::make_shared<Stream>(options, writer_, &encoder_, &pump_, &timers_);
  }

  Segment MakeSegment(journal::MemoryResultLog* log, uint64_t after = 0) {
    Segment segment;
    segment.opening = grpc::Slice(std::string("opening"));
    segment.reader = *log->OpenReader(after, stream_);
    segment.lease = std::shared_ptr<void>(nullptr, [this](void*) { ++leases_returned_; });
    return segment;
  }

  void Start(journal::MemoryResultLog* log, uint32_t max_results_per_message = 1) {
    MakeStream(max_results_per_message);
    std::vector<Segment> segments;
    segments.push_back(MakeSegment(log));
    stream_->Start(std::move(segments));
  }

  void WriteDone(bool ok = true) {
    --writer_->writes_in_flight;
    stream_->OnWriteDone(ok);
  }
  void AllWritesDone() {
    while (writer_->writes_in_flight > 0) WriteDone();
  }

  // Waits until the pump has done what was queued before.
  void Settle() {
    class Barrier : public Pumped {
     public:
      void Advance() override { reached.set_value(); }
      std::promise<void> reached;
    };
    const auto barrier = std::make_shared<Barrier>();
    pump_.Ready(barrier);
    barrier->reached.get_future().wait();
  }

  journal::WindowBudget budget_{1 << 20};
  FakeTimers timers_;
  TextHeartbeat encoder_;
  Pump pump_{&timers_};
  std::shared_ptr<ManualWriter> writer_ = std::make_shared<ManualWriter>();
  std::shared_ptr<Stream> stream_;
  int leases_returned_ = 0;
};

TEST_F(StreamTest, SendsTheOpeningThenOneResultAMessageThenOk) {
  const auto log = MakeLog();
  Append(log.get(), 2);
  log->Seal().Wake();
  Start(log.get());
  AllWritesDone();
  // The plus: more is waiting, so the message may stay in the write buffer; never for the first and
  // the last.
  EXPECT_THAT(writer_->messages, ElementsAre("opening", "r1+", "r2"));
  ASSERT_TRUE(writer_->finished.has_value());
  EXPECT_TRUE(writer_->finished->ok());
  stream_->OnFinished();
  EXPECT_EQ(leases_returned_, 1);
}

TEST_F(StreamTest, PutsWaitingResultsIntoOneMessageIfTheClientAllowsIt) {
  const auto log = MakeLog();
  Append(log.get(), 5);
  log->Seal().Wake();
  Start(log.get(), 3);
  AllWritesDone();
  EXPECT_THAT(writer_->messages, ElementsAre("opening", "r1r2r3", "r4r5"));
}

TEST_F(StreamTest, BoundsTheMessagesThatMayWaitInTheWriteBuffer) {
  const auto log = MakeLog();
  Append(log.get(), 200);
  Start(log.get());
  AllWritesDone();
  int in_a_row = 0;
  for (const std::string& message : writer_->messages) {
    in_a_row = message.back() == '+' ? in_a_row + 1 : 0;
    EXPECT_LE(in_a_row, 63);
  }
  EXPECT_EQ(writer_->messages.size(), 201U);
}

TEST_F(StreamTest, SendsALiveResultWhenItComes) {
  const auto log = MakeLog();
  Start(log.get());
  AllWritesDone();
  Append(log.get(), 1);
  Settle();
  EXPECT_EQ(writer_->messages.back(), "r1");
}

TEST_F(StreamTest, SendsAHeartbeatWithTheLastSequenceWhenIdle) {
  const auto log = MakeLog();
  Append(log.get(), 2);
  Start(log.get());
  AllWritesDone();
  timers_.Advance(absl::Seconds(14));
  EXPECT_EQ(writer_->messages.back(), "r2");
  timers_.Advance(absl::Seconds(1));
  EXPECT_EQ(writer_->messages.back(), "heartbeat:2");
  AllWritesDone();
  timers_.Advance(absl::Seconds(15));
  EXPECT_EQ(writer_->messages.size(), 5U);
}

TEST_F(StreamTest, CutsOffAClientThatDoesNotReadAndSaysWhereToJoinAgain) {
  const auto log = MakeLog();
  Append(log.get(), 2);
  Start(log.get());
  WriteDone();  // the opening
  WriteDone();  // r1; r2 is stuck
  timers_.Advance(absl::Seconds(31));
  ASSERT_TRUE(writer_->cut_off.has_value());
  EXPECT_EQ(writer_->cut_off->code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorMetadata(*writer_->cut_off, "after_sequence"), "1");
  EXPECT_FALSE(writer_->finished.has_value()) << "the write is still outstanding";
  EXPECT_EQ(leases_returned_, 1) << "a write to a stopped client may hang for ever";
  Append(log.get(), 1);  // for nobody
  Settle();
  WriteDone(/*ok=*/false);
  EXPECT_TRUE(writer_->finished.has_value());
  stream_->OnFinished();
  EXPECT_EQ(leases_returned_, 1);
}

TEST_F(StreamTest, FinishesOnceWhenTheClientLeavesInMidWrite) {
  const auto log = MakeLog();
  Append(log.get(), 3);
  Start(log.get());
  stream_->OnPeerGone();
  EXPECT_FALSE(writer_->finished.has_value());
  WriteDone(/*ok=*/false);
  ASSERT_TRUE(writer_->finished.has_value());
  EXPECT_EQ(writer_->finished->code(), absl::StatusCode::kCancelled);
  stream_->OnFinished();
  EXPECT_EQ(leases_returned_, 1);
  timers_.Advance(absl::Hours(1));
}

TEST_F(StreamTest, FinishesWhenTheClientLeftBeforeItStarted) {
  const auto log = MakeLog();
  MakeStream(1);
  std::vector<Segment> segments;
  segments.push_back(MakeSegment(log.get()));
  stream_->OnPeerGone();
  stream_->Start(std::move(segments));
  EXPECT_TRUE(writer_->finished.has_value());
  EXPECT_THAT(writer_->messages, IsEmpty());
}

TEST_F(StreamTest, DrainsWhatIsWaitingAndThenSaysWhereToJoinAgain) {
  const auto log = MakeLog();
  Append(log.get(), 2);
  Start(log.get());
  stream_->Drain();
  AllWritesDone();
  EXPECT_EQ(writer_->messages.back(), "r2");
  ASSERT_TRUE(writer_->finished.has_value());
  EXPECT_EQ(writer_->finished->code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorMetadata(*writer_->finished, "after_sequence"), "2");
}

TEST_F(StreamTest, CarriesSeveralRegistrationsOneAfterTheOther) {
  const auto first = MakeLog();
  const auto second = MakeLog();
  MakeStream(1);
  std::vector<Segment> segments;
  segments.push_back(MakeSegment(first.get()));
  segments.push_back(MakeSegment(second.get()));
  stream_->Start(std::move(segments));
  AllWritesDone();
  Append(second.get(), 1);
  second->Seal().Wake();
  Append(first.get(), 1);
  first->Seal().Wake();
  Settle();
  AllWritesDone();
  EXPECT_THAT(writer_->messages, ElementsAre("opening", "r1", "opening", "r1"));
  EXPECT_TRUE(writer_->finished.has_value() && writer_->finished->ok());
}

}  // namespace
}  // namespace rsca::delivery
