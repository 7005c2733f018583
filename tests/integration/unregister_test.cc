// Ending registrations: by name, by function, twice, from another client.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::ElementsAre;
using testing::StartsWith;
using v1::Outcome;

TEST(Unregister, FromASecondClientShowsBothTheSameFinalResult) {
  RscadProcess server(Config().Pool("default", {"recorder"}));
  const std::string record = server.dir().File("record");
  ResultStream first = ResultStream::Register(server.stub(), "recorder", record);
  first.ReadResults(1);

  const auto other = v1::CustomActions::NewStub(server.NewChannel());
  ResultStream second = ResultStream::Unregister(other.get(), first.name());
  EXPECT_EQ(second.registered().name(), first.name());
  const std::vector<v1::Result> results = second.ReadAll();
  EXPECT_THAT(Responses(results), ElementsAre("bye")) << "only what was not reported before";
  EXPECT_THAT(second.Finish(), IsOk());
  ASSERT_FALSE(results.empty());
  EXPECT_EQ(results.back().outcome().kind(), Outcome::KIND_UNREGISTERED);
  EXPECT_EQ(first.ReadFinal().SerializeAsString(), results.back().SerializeAsString());
  EXPECT_THAT(first.Finish(), IsOk());

  // The plug-in goes on for a moment after its final result is here.
  std::vector<std::string> calls;
  EXPECT_TRUE(Eventually([&] {
    calls = absl::StrSplit(ReadFile(record), '\n');
    return calls.size() >= 6;
  }));
  EXPECT_THAT(calls, ElementsAre("register", "report 0x00000000", "unregister", "final 0x00000000",
                                 StartsWith("after 0x8"), ""));
}

TEST(Unregister, BringsResultsThatComeMeanwhileAndAFinalOneFromTheServer) {
  RscadProcess server(Config().Pool("default", {"never_final"}));
  ResultStream first = ResultStream::Register(server.stub(), "never_final");
  first.ReadResults(3);
  ResultStream second = ResultStream::Unregister(server.stub(), first.name());
  const std::vector<v1::Result> results = second.ReadAll();
  EXPECT_THAT(Responses(results), ElementsAre("four", ""));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].sequence(), 4u);
  EXPECT_EQ(results[1].outcome().kind(), Outcome::KIND_UNREGISTERED);
  EXPECT_FALSE(results[1].outcome().message().empty());
  EXPECT_EQ(Responses(first.ReadAll()), Responses(results));
}

TEST(Unregister, AfterASequenceBringsWhatCameBefore) {
  RscadProcess server(Config().Pool("default", {"never_final"}));
  ResultStream first = ResultStream::Register(server.stub(), "never_final");
  first.ReadResults(3);
  v1::UnregisterCustomActionRequest request;
  request.set_name(first.name());
  request.set_after_sequence(1);
  ResultStream second = ResultStream::Unregister(server.stub(), request);
  EXPECT_THAT(Responses(second.ReadAll()), ElementsAre("two", "three", "four", ""));
}

TEST(Unregister, OfAnEndedRegistrationGivesTheSameFinalResultAgain) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream first = ResultStream::Register(server.stub(), "counter", R"({"count": 3})");
  const v1::Result last = first.ReadFinal();
  for (int i = 0; i < 2; ++i) {
    ResultStream again = ResultStream::Unregister(server.stub(), first.name());
    const std::vector<v1::Result> results = again.ReadAll();
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results[0].SerializeAsString(), last.SerializeAsString());
    EXPECT_THAT(again.Finish(), IsOk());
  }
}

TEST(Unregister, OfAForgottenRegistrationIsNotFound) {
  RscadProcess server(
      Config().Pool("default", {"counter"}).Set("delivery.ended_retention", "100ms"));
  ResultStream first = ResultStream::Register(server.stub(), "counter", R"({"count": 3})");
  first.ReadFinal();
  EXPECT_TRUE(Eventually([&] {
    return GetRegistration(server.stub(), first.name()).status.error_code() ==
           grpc::StatusCode::NOT_FOUND;
  }));
  const auto not_found = IsError(absl::StatusCode::kNotFound, "REGISTRATION_NOT_FOUND");
  EXPECT_THAT(ResultStream::Unregister(server.stub(), first.name()).Finish(), not_found);
  EXPECT_THAT(ResultStream::Attach(server.stub(), first.name()).Finish(), not_found);
  EXPECT_THAT(GetRegistration(server.stub(), first.name()).status, not_found);
  EXPECT_TRUE(ListRegistrations(server.stub()).empty());
}

TEST(Unregister, ByFunctionEndsAllOfItAndNothingElse) {
  RscadProcess server(Config().Pool("default", {"counter", "never_final"}));
  std::vector<ResultStream> counters;
  std::set<std::string> names;
  for (int i = 0; i < 3; ++i) {
    counters.push_back(ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 1})"));
    counters.back().ReadResults(1);
    names.insert(counters.back().name());
  }
  ResultStream other = ResultStream::Register(server.stub(), "never_final");
  other.ReadResults(3);

  v1::UnregisterCustomActionRequest request;
  request.set_function("counter");
  ResultStream all = ResultStream::Unregister(server.stub(), request);
  std::set<std::string> ended;
  while (const std::optional<v1::Result> result = all.NextResult()) {
    if (!result->final()) continue;
    EXPECT_EQ(result->outcome().kind(), Outcome::KIND_UNREGISTERED);
    ended.insert(all.name());
  }
  EXPECT_THAT(all.Finish(), IsOk());
  EXPECT_EQ(ended, names);
  for (ResultStream& counter : counters) {
    EXPECT_EQ(counter.ReadFinal().outcome().kind(), Outcome::KIND_UNREGISTERED);
  }
  EXPECT_EQ(GetRegistration(server.stub(), other.name()).response.state(),
            v1::Registration::STATE_ACTIVE);
}

TEST(Unregister, OfWhatDoesNotExistIsNotFound) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const auto not_found = IsError(absl::StatusCode::kNotFound, "REGISTRATION_NOT_FOUND");
  EXPECT_THAT(ResultStream::Unregister(server.stub(), "registrations/nosuch").Finish(), not_found);
  v1::UnregisterCustomActionRequest request;
  request.set_function("counter");
  EXPECT_THAT(ResultStream::Unregister(server.stub(), request).Finish(), not_found);
}

TEST(Unregister, LeavesTheWorkToThePluginWhenItsCallerGoesAway) {
  RscadProcess server(Config().Pool("default", {"recorder"}));
  const std::string record = server.dir().File("record");
  ResultStream first = ResultStream::Register(server.stub(), "recorder", record);
  first.ReadResults(1);
  ResultStream second = ResultStream::Unregister(server.stub(), first.name());
  EXPECT_EQ(second.name(), first.name());
  second.Cancel();
  second.Finish();
  EXPECT_EQ(first.ReadFinal().outcome().kind(), Outcome::KIND_UNREGISTERED);
}

}  // namespace
}  // namespace rsca::support
