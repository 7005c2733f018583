#include "server/rpc/wire_encoder.h"

#include <gtest/gtest.h>

#include <string>

#include "rsca/v1/result.pb.h"

namespace rsca::rpc {
namespace {

std::string Text(const grpc::Slice& slice) {
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

actions::NumberedResult MakeResult(uint64_t sequence) {
  actions::NumberedResult result;
  result.sequence = sequence;
  result.hr_status = -5;
  result.response = absl::string_view("a\0b", 3);
  result.report_time = absl::FromUnixMillis(1500);
  return result;
}

TEST(WireEncoder, EncodesAResultWithEveryField) {
  v1::ResultStreamResponse message;
  ASSERT_TRUE(message.ParseFromString(Text(WireEncoder().EncodeResult(MakeResult(7)))));
  ASSERT_EQ(message.results_size(), 1);
  const v1::Result& result = message.results(0);
  EXPECT_EQ(result.sequence(), 7U);
  EXPECT_EQ(result.hr_status(), -5);
  EXPECT_EQ(result.response(), std::string("a\0b", 3));
  EXPECT_EQ(result.report_time().seconds(), 1);
  EXPECT_EQ(result.report_time().nanos(), 500'000'000);
  EXPECT_FALSE(result.final());
  EXPECT_FALSE(result.has_outcome());
}

// Results that are not final are encoded by hand.
TEST(WireEncoder, EncodesResultsAsProtobufItselfDoes) {
  const absl::Time times[] = {absl::UnixEpoch(), absl::FromUnixSeconds(1), absl::FromUnixNanos(7),
                              absl::FromUnixNanos(1'790'000'000'123'456'789)};
  for (const uint64_t sequence : {uint64_t{1}, uint64_t{127}, uint64_t{128}, ~uint64_t{0}}) {
    for (const int32_t status : {0, 1, -1, INT32_MIN}) {
      for (const size_t size : {0U, 1U, 100U, 127U, 128U, 20'000U}) {
        for (const absl::Time time : times) {
          const std::string response(size, 'x');
          actions::NumberedResult result;
          result.sequence = sequence;
          result.hr_status = status;
          result.response = response;
          result.report_time = time;
          const std::string bytes = Text(WireEncoder().EncodeResult(result));
          v1::ResultStreamResponse message;
          ASSERT_TRUE(message.ParseFromString(bytes));
          EXPECT_EQ(message.results(0).sequence(), sequence);
          EXPECT_EQ(message.results(0).hr_status(), status);
          EXPECT_EQ(message.results(0).response(), response);
          EXPECT_TRUE(message.results(0).has_report_time());
          EXPECT_EQ(message.SerializeAsString(), bytes);
        }
      }
    }
  }
}

TEST(WireEncoder, EncodesSeveralResultsOneBehindTheOther) {
  const WireEncoder encoder;
  std::vector<actions::NumberedResult> results;
  std::string bytes;
  std::vector<size_t> expected_ends;
  for (uint64_t sequence = 120; sequence < 140; ++sequence) {
    results.push_back(MakeResult(sequence));
    bytes += Text(encoder.EncodeResult(results.back()));
    expected_ends.push_back(bytes.size());
  }
  std::vector<size_t> ends;
  EXPECT_EQ(Text(encoder.EncodeResults(results, &ends)), bytes);
  EXPECT_EQ(ends, expected_ends);
}

// What lets a stream put stored results into one message without encoding them again.
TEST(WireEncoder, MakesBytesThatJoinIntoOneMessage) {
  const WireEncoder encoder;
  actions::Outcome outcome;
  outcome.kind = actions::Outcome::Kind::kCompleted;
  actions::NumberedResult last = MakeResult(3);
  last.outcome = &outcome;
  v1::ResultStreamResponse message;
  ASSERT_TRUE(message.ParseFromString(Text(encoder.EncodeResult(MakeResult(1))) +
                                      Text(encoder.EncodeResult(MakeResult(2))) +
                                      Text(encoder.EncodeResult(last))));
  ASSERT_EQ(message.results_size(), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(message.results(i).sequence(), i + 1);
  EXPECT_TRUE(message.results(2).final());
  EXPECT_EQ(message.results(2).outcome().kind(), v1::Outcome::KIND_COMPLETED);
}

TEST(WireEncoder, EncodesHeartbeatsAndOpenings) {
  const WireEncoder encoder;
  v1::ResultStreamResponse message;
  ASSERT_TRUE(message.ParseFromString(Text(encoder.EncodeHeartbeat(9, "the disk is full"))));
  EXPECT_EQ(message.heartbeat().last_sequence(), 9U);
  EXPECT_EQ(message.heartbeat().journal_error(), "the disk is full");
  actions::RegistrationInfo info;
  info.id = "abc";
  info.request.function = "f";
  ASSERT_TRUE(message.ParseFromString(Text(encoder.EncodeRegistered(info))));
  EXPECT_EQ(message.registered().name(), "registrations/abc");
  EXPECT_FALSE(message.registered().has_outcome());
}

}  // namespace
}  // namespace rsca::rpc
