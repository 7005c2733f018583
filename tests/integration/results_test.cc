// The good road: register, results in order, the final one, OK.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::ElementsAre;
using testing::Gt;
using testing::IsEmpty;
using testing::StartsWith;
using v1::Outcome;
using v1::Registration;

constexpr int32_t kEAccessDenied = static_cast<int32_t>(0x80070005);

// Results 1 to `count` of the plug-in `counter`, and its final one.
void ExpectCounted(const std::vector<v1::Result>& results, size_t count) {
  ASSERT_EQ(results.size(), count + 1);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_EQ(results[i].sequence(), i + 1);
    EXPECT_EQ(results[i].response().substr(0, results[i].response().find('.')),
              absl::StrCat(i + 1));
    EXPECT_EQ(results[i].hr_status(), 0);
  }
  EXPECT_TRUE(results.back().final());
  EXPECT_EQ(results.back().response(), absl::StrCat("count=", count));
}

TEST(Results, ComeInOrderOneAMessageAndEndWithTheFinalOneAndOk) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream stream = ResultStream::Register(server.stub(), "counter", R"({"count": 1000})");
  const std::vector<v1::Result> results = stream.ReadAll();
  ExpectCounted(results, 1000);
  EXPECT_EQ(results.back().outcome().kind(), Outcome::KIND_COMPLETED);
  EXPECT_THAT(stream.Finish(), IsOk());
  EXPECT_EQ(stream.message_count(), 1002u) << "`registered`, and one result a message";
}

TEST(Results, ReportedInsideTheRegisterCallComeAfterRegistered) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream stream = ResultStream::Register(server.stub(), "counter",
                                               R"({"count": 100, "inside_register": true})");
  ExpectCounted(stream.ReadAll(), 100);
  EXPECT_THAT(stream.Finish(), IsOk());
}

TEST(Results, CarryAFailingHresultBitForBitIntoTheOutcomeFailed) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream stream = ResultStream::Register(
      server.stub(), "counter", absl::StrCat(R"({"count": 1, "status": )", kEAccessDenied, "}"));
  const v1::Result result = stream.ReadFinal();
  EXPECT_EQ(result.hr_status(), kEAccessDenied);
  EXPECT_EQ(result.outcome().kind(), Outcome::KIND_FAILED);
  EXPECT_EQ(result.response(), "count=1");
  EXPECT_THAT(stream.Finish(), IsOk()) << "the RPC did what it should; the action says it failed";
}

TEST(Results, RegistrationsSayWhatTheyAre) {
  RscadProcess server(Config().Pool("counting", {"counter"}));
  const std::string arguments = R"({"size": 10, "interval_ms": 1})";
  ResultStream stream = ResultStream::Register(server.stub(), "counter", arguments);
  const Registration begun = stream.registered();
  EXPECT_THAT(begun.name(), StartsWith("registrations/"));
  EXPECT_EQ(begun.function(), "counter");
  EXPECT_EQ(begun.arguments(), arguments);
  EXPECT_EQ(begun.owner(), "local");
  EXPECT_EQ(begun.state(), Registration::STATE_ACTIVE);
  EXPECT_EQ(begun.pool(), "counting");
  EXPECT_EQ(begun.response_content_type(), "text/plain");
  EXPECT_EQ(begun.detach_grace().seconds(), 10);
  EXPECT_FALSE(begun.durable());
  EXPECT_TRUE(begun.has_create_time());
  EXPECT_FALSE(begun.has_end_time());
  EXPECT_FALSE(begun.has_outcome());

  stream.ReadResults(20);
  const Registration running = GetRegistration(server.stub(), begun.name()).response;
  EXPECT_EQ(running.stream_count(), 1);
  EXPECT_GE(running.last_sequence(), 20u);
  EXPECT_GE(running.result_count(), 20);
  EXPECT_GE(running.result_bytes(), 200);
  EXPECT_EQ(running.first_sequence(), 1u);
  EXPECT_THAT(running.window_bytes(), Gt(200));

  const v1::Result last = ResultStream::Unregister(server.stub(), begun.name()).ReadFinal();
  stream.ReadFinal();
  const Registration ended = WaitForEnd(server.stub(), begun.name());
  EXPECT_EQ(ended.outcome().kind(), last.outcome().kind());
  EXPECT_EQ(ended.last_sequence(), last.sequence());
  EXPECT_EQ(ended.result_count(), static_cast<int64_t>(last.sequence()));
  EXPECT_TRUE(ended.has_end_time());
}

TEST(Results, OfManyRegistrationsOfOneFunctionNeverMix) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  std::vector<std::thread> clients;
  for (int client = 1; client <= 16; ++client) {
    clients.emplace_back([&server, client] {
      const int count = 100 * client;
      ResultStream stream = ResultStream::Register(
          server.stub(), "counter", absl::StrCat(R"({"count": )", count, R"(, "size": 8})"));
      ExpectCounted(stream.ReadAll(), static_cast<size_t>(count));
      EXPECT_THAT(stream.Finish(), IsOk());
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST(Results, OfManyThreadsKeepTheOrderOfEachThread) {
  RscadProcess server(Config().Pool("default", {"reports_from_many_threads"}));
  ResultStream stream = ResultStream::Register(server.stub(), "reports_from_many_threads");
  std::vector<v1::Result> results = stream.ReadAll();
  ASSERT_EQ(results.size(), 8 * 500 + 1u);
  EXPECT_EQ(results.back().response(), "end");
  results.pop_back();
  std::map<std::string, int> last;
  for (const v1::Result& result : results) {
    const std::string thread = result.response().substr(0, result.response().find(':'));
    const int number = std::stoi(result.response().substr(result.response().find(':') + 1));
    EXPECT_EQ(number, ++last[thread]) << result.response();
  }
  EXPECT_EQ(last.size(), 8u);
}

TEST(Results, ThatWaitShareMessagesIfTheClientAllowsIt) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream first = ResultStream::Register(server.stub(), "counter", R"({"count": 5000})");
  first.ReadFinal();

  v1::AttachCustomActionRequest request;
  request.set_name(first.name());
  request.set_after_sequence(0);
  request.set_max_results_per_message(100);
  ResultStream packed = ResultStream::Attach(server.stub(), request);
  ExpectCounted(packed.ReadAll(), 5000);
  EXPECT_LT(packed.message_count(), 2500u) << "all 5001 were waiting";
}

TEST(Results, MayBeEmptyAndMayBeNull) {
  RscadProcess server(Config().Pool("default", {"empty_responses"}));
  ResultStream stream = ResultStream::Register(server.stub(), "empty_responses");
  const std::vector<v1::Result> results = stream.ReadAll();
  EXPECT_THAT(Responses(results), ElementsAre("", "", ""));
  ASSERT_FALSE(results.empty());
  EXPECT_EQ(results.back().hr_status(), 1) << "S_FALSE";
  EXPECT_EQ(results.back().outcome().kind(), Outcome::KIND_COMPLETED);
  const auto calls = RunAction(server.stub(), "empty_responses.calls");
  EXPECT_THAT(calls.response.response(),
              testing::MatchesRegex("0x00000000\n0x00000000\n0x8.......\n0x00000000\n"));
  const auto run = RunAction(server.stub(), "empty_responses.run");
  EXPECT_THAT(run.status, IsOk());
  EXPECT_THAT(run.response.response(), IsEmpty());
}

TEST(Results, MayHaveOneMebibyteAndNotAByteMore) {
  RscadProcess server(Config().Pool("default", {"large_responses"}));
  ResultStream stream = ResultStream::Register(server.stub(), "large_responses", "1048576");
  const std::vector<v1::Result> results = stream.ReadAll();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].response().size(), 1048576u);
  EXPECT_EQ(results[0].response().substr(1048572), "stuv") << "intact to its end";
  EXPECT_THAT(results[1].response(), testing::MatchesRegex("0x00000000\n0x8.......\n"));
  EXPECT_THAT(stream.Finish(), IsOk());

  const auto run = RunAction(server.stub(), "large_responses.run", "1048576");
  EXPECT_THAT(run.status, IsOk());
  EXPECT_EQ(run.response.response().size(), 1048576u);
  const auto larger = RunAction(server.stub(), "large_responses.run", "1048577");
  EXPECT_THAT(larger.response.response(), testing::MatchesRegex("0x8......."));
}

TEST(Results, AreBoundedByTheConfiguredLimit) {
  RscadProcess server(
      Config().Pool("default", {"large_responses"}).Set("limits.response_bytes", "100"));
  ResultStream stream = ResultStream::Register(server.stub(), "large_responses", "100");
  const std::vector<v1::Result> results = stream.ReadAll();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].response().size(), 100u);
}

TEST(Results, AreSlowedToTheConfiguredRateAndAllArrive) {
  RscadProcess server(
      Config().Pool("default", {"counter"}).Set("limits.results_per_second", "200"));
  ResultStream stream = ResultStream::Register(server.stub(), "counter", R"({"count": 250})");
  ExpectCounted(stream.ReadAll(), 250);
}

TEST(Heartbeats, ComeOnAnIdleStreamWithTheLastSequence) {
  RscadProcess server(Config().Pool("default", {"never_final"}));
  v1::RegisterCustomActionRequest request;
  request.set_function("never_final");
  request.mutable_heartbeat_interval()->set_seconds(1);
  ResultStream stream = ResultStream::Register(server.stub(), request);
  stream.ReadResults(3);
  for (int i = 0; i < 2; ++i) {
    const std::optional<v1::ResultStreamResponse> message = stream.Next();
    ASSERT_TRUE(message);
    ASSERT_TRUE(message->has_heartbeat()) << message->ShortDebugString();
    EXPECT_EQ(message->heartbeat().last_sequence(), 3u);
  }
}

}  // namespace
}  // namespace rsca::support
