// Several streams on one registration: attaching, joining by request id, coming back in time.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using v1::Outcome;

constexpr char kUuid[] = "2f1c1f0e-58c4-4d2b-9d3c-0a4f5d0e6b71";

v1::RegisterCustomActionRequest CounterRequest(const std::string& arguments,
                                               const std::string& request_id = "") {
  v1::RegisterCustomActionRequest request;
  request.set_function("counter");
  request.set_arguments(arguments);
  request.set_request_id(request_id);
  return request;
}

// The plug-in numbers its results as the server does.
void ExpectNumbered(const std::vector<v1::Result>& results) {
  for (const v1::Result& result : results) {
    if (result.final()) continue;
    EXPECT_EQ(result.response(), absl::StrCat(result.sequence()));
  }
}

TEST(Attach, JoinsAfterASequenceWithoutGap) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream first =
      ResultStream::Register(server.stub(), CounterRequest(R"({"interval_ms": 1})"));
  ExpectNumbered(first.ReadResults(50));

  const auto other = v1::CustomActions::NewStub(server.NewChannel());
  ResultStream second = ResultStream::Attach(other.get(), first.name(), 20);
  EXPECT_EQ(second.registered().name(), first.name());
  std::vector<v1::Result> results = second.ReadResults(100);
  ASSERT_EQ(results.size(), 100u);
  EXPECT_EQ(results.front().sequence(), 21u);
  ExpectNumbered(results);

  const v1::Result last = ResultStream::Unregister(other.get(), first.name()).ReadFinal();
  EXPECT_EQ(first.ReadFinal().SerializeAsString(), last.SerializeAsString());
  EXPECT_EQ(second.ReadFinal().SerializeAsString(), last.SerializeAsString());
}

TEST(Attach, ToAnEndedRegistrationGivesAllThatIsKeptAndTheFinalResult) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream first = ResultStream::Register(server.stub(), CounterRequest(R"({"count": 200})"));
  const std::vector<v1::Result> expected = first.ReadAll();
  for (const std::optional<uint64_t> after : {std::optional<uint64_t>(), {0}, {150}, {200}}) {
    ResultStream again = ResultStream::Attach(server.stub(), first.name(), after);
    const std::vector<v1::Result> results = again.ReadAll();
    ASSERT_EQ(results.size(), 201 - after.value_or(0));
    for (const v1::Result& result : results) {
      EXPECT_EQ(result.SerializeAsString(), expected[result.sequence() - 1].SerializeAsString());
    }
    EXPECT_THAT(again.Finish(), IsOk());
  }
}

TEST(Attach, GivesEverySubscriberTheSameResults) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream first =
      ResultStream::Register(server.stub(), CounterRequest(R"({"count": 400, "interval_ms": 1})"));
  const std::string name = first.name();
  std::vector<std::thread> subscribers;
  for (uint64_t after = 0; after < 8; ++after) {
    subscribers.emplace_back([&server, &name] {
      const auto stub = v1::CustomActions::NewStub(server.NewChannel());
      ResultStream stream = ResultStream::Attach(stub.get(), name, 0);
      const std::vector<v1::Result> results = stream.ReadAll();
      EXPECT_EQ(results.size(), 401u);
      ExpectNumbered(results);
      EXPECT_THAT(stream.Finish(), IsOk());
    });
  }
  EXPECT_EQ(first.ReadAll().size(), 401u);
  for (std::thread& subscriber : subscribers) subscriber.join();
}

TEST(Attach, BeforeTheWindowIsRefusedWithTheOldestSequence) {
  RscadProcess server(Config()
                          .Pool("default", {"counter"})
                          .Set("limits.window_bytes_per_registration", "65536")
                          .Set("delivery.credit_bytes", "16384"));
  ResultStream first =
      ResultStream::Register(server.stub(), CounterRequest(R"({"count": 500, "size": 1024})"));
  EXPECT_EQ(first.ReadAll().size(), 501u);

  const grpc::Status refused = ResultStream::Attach(server.stub(), first.name(), 0).Finish();
  EXPECT_THAT(refused, IsError(absl::StatusCode::kOutOfRange, "RESULTS_TRUNCATED"));
  uint64_t oldest = 0;
  ASSERT_TRUE(absl::SimpleAtoi(Metadata(refused, "oldest_sequence"), &oldest));
  EXPECT_GT(oldest, 400u) << "64 KiB hold 64 of them at most";
  EXPECT_EQ(GetRegistration(server.stub(), first.name()).response.first_sequence(), oldest);

  ResultStream again = ResultStream::Attach(server.stub(), first.name(), oldest - 1);
  EXPECT_EQ(again.ReadAll().size(), 501 - oldest + 1);
  ResultStream kept = ResultStream::Attach(server.stub(), first.name());
  EXPECT_EQ(kept.ReadAll().front().sequence(), oldest) << "without a sequence: all that is kept";
}

TEST(Attach, BeyondTheLastSequenceIsRefusedWithIt) {
  RscadProcess server(Config().Pool("default", {"never_final"}));
  ResultStream first = ResultStream::Register(server.stub(), "never_final");
  first.ReadResults(3);
  const grpc::Status refused = ResultStream::Attach(server.stub(), first.name(), 4).Finish();
  EXPECT_THAT(refused, IsError(absl::StatusCode::kOutOfRange, "SEQUENCE_NOT_REACHED"));
  EXPECT_EQ(Metadata(refused, "last_sequence"), "3");
}

TEST(Attach, ToMoreStreamsThanAllowedIsRefused) {
  RscadProcess server(
      Config().Pool("default", {"never_final"}).Set("limits.streams_per_registration", "2"));
  ResultStream first = ResultStream::Register(server.stub(), "never_final");
  ResultStream second = ResultStream::Attach(server.stub(), first.name());
  ASSERT_EQ(second.name(), first.name());
  const grpc::Status refused = ResultStream::Attach(server.stub(), first.name()).Finish();
  EXPECT_THAT(refused, IsError(absl::StatusCode::kResourceExhausted, "LIMIT_EXCEEDED"));
  EXPECT_EQ(Metadata(refused, "limit"), "streams_per_registration");
  second.Cancel();
  second.Finish();
  EXPECT_TRUE(Eventually(
      [&] { return GetRegistration(server.stub(), first.name()).response.stream_count() == 1; }));
  ResultStream third = ResultStream::Attach(server.stub(), first.name());
  EXPECT_EQ(third.name(), first.name()) << "its place is free again";
}

TEST(RequestId, JoinsTheRegistrationThatItMade) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const auto request = CounterRequest(R"({"interval_ms": 1})", kUuid);
  ResultStream first = ResultStream::Register(server.stub(), request);
  EXPECT_EQ(first.registered().request_id(), kUuid);
  first.ReadResults(10);

  v1::RegisterCustomActionRequest again = request;
  again.set_after_sequence(5);
  ResultStream second = ResultStream::Register(server.stub(), again);
  EXPECT_EQ(second.name(), first.name());
  EXPECT_EQ(second.ReadResults(1)[0].sequence(), 6u);

  const grpc::Status refused =
      ResultStream::Register(server.stub(), CounterRequest("{}", kUuid)).Finish();
  EXPECT_THAT(refused, IsError(absl::StatusCode::kAlreadyExists, "REQUEST_ID_IN_USE"));
}

TEST(RequestId, OfAnEndedRegistrationGivesItsResultsAgain) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const auto request = CounterRequest(R"({"count": 20})", kUuid);
  ResultStream first = ResultStream::Register(server.stub(), request);
  EXPECT_EQ(first.ReadAll().size(), 21u);
  ResultStream second = ResultStream::Register(server.stub(), request);
  EXPECT_EQ(second.name(), first.name());
  EXPECT_EQ(second.ReadAll().size(), 21u);
}

TEST(RequestId, SentByManyAtOnceMakesOneRegistration) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&server] {
      ResultStream stream =
          ResultStream::Register(server.stub(), CounterRequest(R"({"count": 50})", kUuid));
      const std::vector<v1::Result> results = stream.ReadAll();
      EXPECT_EQ(results.size(), 51u);
      ExpectNumbered(results);
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(ListRegistrations(server.stub()).size(), 1u);
}

TEST(DetachGrace, EndsARegistrationWhoseLastStreamIsGone) {
  RscadProcess server(Config().Pool("default", {"recorder"}));
  const std::string record = server.dir().File("record");
  v1::RegisterCustomActionRequest request;
  request.set_function("recorder");
  request.set_arguments(record);
  request.mutable_detach_grace()->set_nanos(100'000'000);
  ResultStream stream = ResultStream::Register(server.stub(), request);
  const std::string name = stream.name();
  stream.ReadResults(1);
  stream.Cancel();
  EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::CANCELLED);

  const v1::Registration ended = WaitForEnd(server.stub(), name);
  EXPECT_EQ(ended.outcome().kind(), Outcome::KIND_CANCELLED);
  EXPECT_THAT(ReadFile(record), testing::HasSubstr("unregister\n"));
  const v1::Result last = ResultStream::Attach(server.stub(), name).ReadFinal();
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_CANCELLED);
}

TEST(DetachGrace, OfNothingEndsItAtOnce) {
  RscadProcess server(Config().Pool("default", {"counter"}).Set("delivery.detach_grace", "0s"));
  ResultStream stream =
      ResultStream::Register(server.stub(), CounterRequest(R"({"interval_ms": 1})"));
  stream.ReadResults(5);
  const std::string name = stream.name();
  stream.Cancel();
  EXPECT_EQ(WaitForEnd(server.stub(), name).outcome().kind(), Outcome::KIND_CANCELLED);
}

TEST(DetachGrace, LetsAClientComeBackWithoutGapAgainAndAgain) {
  RscadProcess server(Config().Pool("default", {"counter"}).Set("delivery.detach_grace", "60s"));
  ResultStream first =
      ResultStream::Register(server.stub(), CounterRequest(R"({"interval_ms": 1})"));
  std::vector<v1::Result> results = first.ReadResults(10);
  const std::string name = first.name();
  first.Cancel();
  first.Finish();
  for (int i = 0; i < 10; ++i) {
    const auto stub = v1::CustomActions::NewStub(server.NewChannel());
    ResultStream again = ResultStream::Attach(stub.get(), name, results.back().sequence());
    for (v1::Result& result : again.ReadResults(10)) results.push_back(std::move(result));
    again.Cancel();
    again.Finish();
  }
  ASSERT_EQ(results.size(), 110u);
  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].sequence(), i + 1);
  ExpectNumbered(results);
}

}  // namespace
}  // namespace rsca::support
