// Durable registrations when the journal's disk is full: a small tmpfs, filled by another file.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/durable_requests.h"
#include "tests/support/health.h"
#include "tests/support/small_disk.h"

namespace rsca::support {
namespace {

using testing::HasSubstr;

// Takes all room that there is, and what becomes free as well, until it goes.
class Filler {
 public:
  explicit Filler(std::string path) : path_(std::move(path)), thread_([this] { Run(); }) {}
  ~Filler() {
    stopping_ = true;
    thread_.join();
    unlink(path_.c_str());
  }

 private:
  void Run() const {
    const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ASSERT_GE(file, 0);
    const std::string block(4096, 'x');
    while (!stopping_) {
      if (write(file, block.data(), block.size()) > 0) continue;
      ASSERT_EQ(errno, ENOSPC);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    close(file);
  }

  const std::string path_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// Keeps what comes, and checks the plug-in's own numbers: what it was told is taken is there.
class Holder {
 public:
  // Reads until a heartbeat comes whose journal_error is there, or is not; returns it.
  std::string ReadToHeartbeat(ResultStream* stream, bool with_error) {
    while (const std::optional<v1::ResultStreamResponse> message = Next(stream)) {
      if (message->has_heartbeat() && message->heartbeat().journal_error().empty() != with_error) {
        return message->heartbeat().journal_error();
      }
    }
    return "";
  }

  // So many results, or some more.
  void Read(ResultStream* stream, std::size_t count) {
    const std::size_t wanted = held_.size() + count;
    while (held_.size() < wanted && Next(stream).has_value()) {
    }
  }

  const std::vector<v1::Result>& held() const { return held_; }
  bool wrong() const { return wrong_; }

 private:
  std::optional<v1::ResultStreamResponse> Next(ResultStream* stream) {
    std::optional<v1::ResultStreamResponse> message = stream->Next();
    if (!message.has_value()) {
      ADD_FAILURE() << "the stream ended: " << Describe(stream->Finish());
      return message;
    }
    for (const v1::Result& result : message->results()) {
      held_.push_back(result);
      wrong_ |=
          result.response().substr(0, result.response().find('.')) != absl::StrCat(held_.size());
    }
    return message;
  }

  std::vector<v1::Result> held_;
  bool wrong_ = false;
};

class AFullDisk : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(WithSync, AFullDisk, testing::Values("always", "interval", "off"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST_P(AFullDisk, RefusesDurableResultsUntilThereIsRoomAndLosesNone) {
  const SmallDisk disk(64);
  if (!disk.error().empty()) GTEST_SKIP() << "a tmpfs cannot be mounted here: " << disk.error();
  RscadProcess server(Durably({"counter", "persistent"})
                          .Set("journal.sync", GetParam())
                          .Set("journal.directory", disk.File("journal")));
  const std::string record = server.dir().File("record");
  ResultStream stream = ResultStream::Register(server.stub(), DurableRequest("persistent", record));
  ResultStream attached = ResultStream::Register(server.stub(), "counter", kEndless);
  Holder holder;
  holder.Read(&stream, 20);
  attached.ReadResults(20);
  EXPECT_EQ(Health(server.channel(), "journal"), "SERVING");

  auto filler = std::make_unique<Filler>(disk.File("filler"));
  EXPECT_THAT(holder.ReadToHeartbeat(&stream, /*with_error=*/true), HasSubstr("space"));
  EXPECT_TRUE(server.WaitForHealth("journal", "NOT_SERVING"));
  EXPECT_EQ(Health(server.channel()), "SERVING");
  EXPECT_TRUE(Eventually([&] {
    return ReadFile(record).find("report 0x80070070") != std::string::npos;
  })) << ReadFile(record);
  EXPECT_THAT(ResultStream::Register(server.stub(), DurableRequest("counter", kEndless)).Finish(),
              IsError(absl::StatusCode::kUnavailable, "JOURNAL_UNAVAILABLE"));
  EXPECT_THAT(ResultStream::Unregister(server.stub(), stream.name()).Finish(),
              IsError(absl::StatusCode::kUnavailable, "JOURNAL_UNAVAILABLE"));
  EXPECT_EQ(attached.ReadResults(100).size(), 100u) << "attached ones go on";
  EXPECT_EQ(ResultStream::Register(server.stub(), "counter", R"({"count": 3})").ReadAll().size(),
            4u);

  filler.reset();
  EXPECT_EQ(holder.ReadToHeartbeat(&stream, /*with_error=*/false), "");
  EXPECT_TRUE(server.WaitForHealth("journal", "SERVING"));
  holder.Read(&stream, 50);
  EXPECT_THAT(ReadFile(record), testing::EndsWith("report 0x00000000\n"));
  EXPECT_EQ(ResultStream::Register(server.stub(), DurableRequest("counter", R"({"count": 3})"))
                .ReadAll()
                .size(),
            4u);
  EXPECT_FALSE(holder.wrong()) << "the plug-in's own numbers have no gap";
  KillAndRestart(&server);
  const std::vector<v1::Result> again = AttachAfter(server.stub(), stream.name(), 0).ReadAll();
  ASSERT_GT(again.size(), holder.held().size());
  for (std::size_t i = 0; i < holder.held().size(); ++i) {
    ASSERT_EQ(again[i].SerializeAsString(), holder.held()[i].SerializeAsString());
  }
}

// What gives up when a report is refused begins again when there is room; a built-in action that
// cannot begin again tries its report again.
TEST(AfterAFullDisk, ARestartableActionBeginsAgainAndATailHasEveryLine) {
  const SmallDisk disk(64);
  if (!disk.error().empty()) GTEST_SKIP() << "a tmpfs cannot be mounted here: " << disk.error();
  RscadProcess server(
      Durably({"counter", BuiltIn("file")}).Set("journal.directory", disk.File("journal")));
  const std::string path = server.dir().File("tailed");
  WriteFile(path, "one\n");
  ResultStream tail = ResultStream::Register(
      server.stub(), DurableRequest("file.tail", absl::StrCat(R"({"path": ")", path, R"("})")));
  EXPECT_THAT(Responses(tail.ReadResults(1)), testing::ElementsAre("one\n"));
  // Large ones: what the journal has room for already is soon used up.
  ResultStream counter = ResultStream::Register(
      server.stub(), DurableRequest("restartable_counter", R"({"interval_ms": 1, "size": 20000})"));
  counter.ReadResults(20);

  auto filler = std::make_unique<Filler>(disk.File("filler"));
  EXPECT_TRUE(server.WaitForHealth("journal", "NOT_SERVING"));
  std::ofstream(path, std::ios::app) << "two\n";
  EXPECT_TRUE(Eventually([&] {
    return GetRegistration(server.stub(), counter.name()).response.state() ==
           v1::Registration::STATE_RESTARTING;
  }));

  filler.reset();
  EXPECT_THAT(Responses(tail.ReadResults(1)), testing::ElementsAre("two\n"));
  std::optional<v1::ResultStreamResponse> message = counter.Next();
  while (message.has_value() && !message->has_interruption()) message = counter.Next();
  ASSERT_TRUE(message.has_value());
  EXPECT_THAT(message->interruption().reason(), HasSubstr("the journal took no results"));
  EXPECT_THAT(counter.ReadResults(1).at(0).response(), testing::StartsWith("1."))
      << "it has begun again";
}

TEST_P(AFullDisk, LetsTheServerStopInGoodOrder) {
  const SmallDisk disk(64);
  if (!disk.error().empty()) GTEST_SKIP() << "a tmpfs cannot be mounted here: " << disk.error();
  RscadProcess server(Durably({"counter"})
                          .Set("journal.sync", GetParam())
                          .Set("journal.directory", disk.File("journal"))
                          .Set("timeouts.drain", "2s"));
  for (int i = 0; i < 10; ++i) {
    ResultStream::Register(server.stub(), DurableRequest("counter", R"({"size": 10000})"))
        .ReadResults(1);
  }
  const Filler filler(disk.File("filler"));
  EXPECT_TRUE(server.WaitForHealth("journal", "NOT_SERVING"));
  server.Terminate();
  EXPECT_EQ(server.Wait(), ExitStatus{});
}

// RocksDB has to write when it opens, and cannot.
TEST(AStartOnAFullDisk, ServesWhatIsThereAndGoesOnWhenThereIsRoom) {
  const SmallDisk disk(64);
  if (!disk.error().empty()) GTEST_SKIP() << "a tmpfs cannot be mounted here: " << disk.error();
  RscadProcess server(Durably({"counter"}).Set("journal.directory", disk.File("journal")));
  ResultStream moving = ResultStream::Register(
      server.stub(), DurableRequest("restartable_counter", R"({"interval_ms": 1, "size": 20000})"));
  const std::vector<v1::Result> held = moving.ReadResults(50);
  ResultStream ending = ResultStream::Register(server.stub(), DurableRequest("counter", kEndless));
  ending.ReadResults(10);

  auto filler = std::make_unique<Filler>(disk.File("filler"));
  ASSERT_TRUE(server.WaitForHealth("journal", "NOT_SERVING"));
  KillAndRestart(&server);
  EXPECT_TRUE(server.WaitForHealth("journal", "NOT_SERVING"));
  EXPECT_EQ(Health(server.channel()), "SERVING");
  ResultStream again = AttachAfter(server.stub(), moving.name(), 0);
  const std::vector<v1::Result> replayed = again.ReadResults(held.size());
  for (std::size_t i = 0; i < held.size(); ++i) {
    ASSERT_EQ(replayed[i].SerializeAsString(), held[i].SerializeAsString());
  }
  EXPECT_THAT(ResultStream::Register(server.stub(), DurableRequest("counter", kEndless)).Finish(),
              IsError(absl::StatusCode::kUnavailable, "JOURNAL_UNAVAILABLE"));
  EXPECT_EQ(ResultStream::Register(server.stub(), "counter", R"({"count": 3})").ReadAll().size(),
            4u);

  filler.reset();
  EXPECT_TRUE(server.WaitForHealth("journal", "SERVING"));
  std::optional<v1::ResultStreamResponse> message = again.Next();
  while (message.has_value() && !message->has_interruption()) message = again.Next();
  ASSERT_TRUE(message.has_value());
  EXPECT_THAT(again.ReadResults(1).at(0).response(), testing::StartsWith("1."));
  EXPECT_TRUE(AttachAfter(server.stub(), ending.name(), 0).ReadFinal().has_outcome());
  // What it has committed since is there after the next start.
  KillAndRestart(&server);
  const std::vector<v1::Result> all =
      AttachAfter(server.stub(), moving.name(), 0).ReadResults(held.size() + 1);
  for (std::size_t i = 0; i < held.size(); ++i) {
    ASSERT_EQ(all[i].SerializeAsString(), held[i].SerializeAsString());
  }
}

TEST(AnUnregisterOnAFullDisk, IsRefusedAlsoWhileAnEarlierOneIsUnderWay) {
  const SmallDisk disk(64);
  if (!disk.error().empty()) GTEST_SKIP() << "a tmpfs cannot be mounted here: " << disk.error();
  RscadProcess server(Durably({"hangs_in_unregister", "persistent"})
                          .Set("journal.directory", disk.File("journal")));
  ResultStream writing = ResultStream::Register(
      server.stub(), DurableRequest("persistent", server.dir().File("record")));
  writing.ReadResults(1);
  ResultStream hanging =
      ResultStream::Register(server.stub(), DurableRequest("hangs_in_unregister", ""));
  ResultStream under_way = ResultStream::Unregister(server.stub(), hanging.name());
  EXPECT_EQ(under_way.name(), hanging.name()) << "agreed to";
  const Filler filler(disk.File("filler"));
  EXPECT_TRUE(server.WaitForHealth("journal", "NOT_SERVING"));
  EXPECT_THAT(ResultStream::Unregister(server.stub(), hanging.name()).Finish(),
              IsError(absl::StatusCode::kUnavailable, "JOURNAL_UNAVAILABLE"));
}

}  // namespace
}  // namespace rsca::support
