// Durable registrations while their server lives: see durable_restart_test.cc for when it ends.
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/durable_requests.h"
#include "tests/support/proc.h"

namespace rsca::support {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using v1::Outcome;
using v1::Registration;

TEST(ADurableRegistration, IsShownWithItsTtlAndWhatTheJournalKeeps) {
  RscadProcess server(Durably());
  v1::RegisterCustomActionRequest request =
      DurableRequest("counter", R"({"count": 3, "size": 10})", milliseconds(7'250));
  request.set_request_id(kRequestId);
  ResultStream stream = ResultStream::Register(server.stub(), request);
  EXPECT_TRUE(stream.registered().durable());
  const std::vector<v1::Result> results = stream.ReadAll();
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[3].outcome().kind(), Outcome::KIND_COMPLETED);

  const Registration shown = WaitForEnd(server.stub(), stream.name());
  EXPECT_TRUE(shown.durable());
  EXPECT_EQ(shown.function(), "counter");
  EXPECT_EQ(shown.arguments(), request.arguments());
  EXPECT_EQ(shown.owner(), "local");
  EXPECT_EQ(shown.request_id(), kRequestId);
  EXPECT_EQ(shown.ttl().seconds(), 7);
  EXPECT_EQ(shown.ttl().nanos(), 250'000'000);
  EXPECT_FALSE(shown.has_detach_grace());
  EXPECT_EQ(shown.first_sequence(), 1u);
  EXPECT_EQ(shown.last_sequence(), 4u);
  EXPECT_EQ(shown.result_count(), 4);
  EXPECT_EQ(shown.result_bytes(), 3 * 10 + 7) << "three numbers and count=3";
  EXPECT_GE(shown.window_bytes(), shown.result_bytes());
  EXPECT_EQ(shown.pool(), "default");
  EXPECT_TRUE(shown.has_create_time());
  EXPECT_TRUE(shown.has_end_time());
  EXPECT_EQ(shown.outcome().SerializeAsString(), results[3].outcome().SerializeAsString());
  const std::vector<Registration> listed = ListRegistrations(server.stub());
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].ShortDebugString(),
            GetRegistration(server.stub(), stream.name()).response.ShortDebugString());
}

TEST(ADurableRegistration, LivesOnWhereOneThatIsAttachedEndsWithItsClient) {
  RscadProcess server(Durably().Set("delivery.detach_grace", "1ms"));
  ResultStream durable = ResultStream::Register(server.stub(), DurableRequest("counter", kEndless));
  ResultStream attached = ResultStream::Register(server.stub(), "counter", kEndless);
  durable.ReadResults(3);
  attached.ReadResults(3);
  Leave(server, &durable);
  attached.Cancel();
  EXPECT_EQ(WaitForEnd(server.stub(), attached.name()).outcome().kind(), Outcome::KIND_CANCELLED);
  EXPECT_EQ(GetRegistration(server.stub(), durable.name()).response.state(),
            Registration::STATE_ACTIVE);
  const std::uint64_t after = durable.last_sequence();
  ResultStream again = AttachAfter(server.stub(), durable.name(), after);
  EXPECT_EQ(again.ReadResults(1).at(0).response(), absl::StrCat(after + 1));
}

TEST(ADurableRegistration, IsReplayedFromAnyPlaceAndGoesOnLive) {
  RscadProcess server(Durably());
  ResultStream first = ResultStream::Register(server.stub(), DurableRequest("counter", kEndless));
  first.ReadResults(10);
  // Without readers the journal keeps nothing in memory.
  Leave(server, &first);
  const std::string name = first.name();
  ASSERT_TRUE(Eventually(
      [&] { return GetRegistration(server.stub(), name).response.last_sequence() > 200; }));
  for (const std::uint64_t after : {0U, 1U, 77U, 200U}) {
    ResultStream stream = AttachAfter(server.stub(), name, after);
    const std::uint64_t last = stream.registered().last_sequence();
    std::uint64_t sequence = after;
    for (const v1::Result& result : stream.ReadResults(last - after + 50)) {
      ASSERT_EQ(result.sequence(), ++sequence);
      ASSERT_EQ(result.response(), absl::StrCat(sequence));
    }
    EXPECT_EQ(sequence, last + 50) << "past what was there when it joined";
  }
}

TEST(ADurableRegistration, CannotBeJoinedAfterASequenceThatIsNotThere) {
  RscadProcess server(Durably());
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("counter", R"({"count": 3})"));
  stream.ReadFinal();
  const grpc::Status status = AttachAfter(server.stub(), stream.name(), 5).Finish();
  EXPECT_THAT(status, IsError(absl::StatusCode::kOutOfRange, "SEQUENCE_NOT_REACHED"));
  EXPECT_EQ(Metadata(status, "last_sequence"), "4");
}

TEST(ADurableRegistration, EndsWhenNobodyWasAttachedForItsTtl) {
  RscadProcess server(Durably());
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("counter", kEndless, milliseconds(20)));
  stream.ReadResults(3);
  stream.Cancel();
  const Registration ended = WaitForEnd(server.stub(), stream.name());
  EXPECT_EQ(ended.outcome().kind(), Outcome::KIND_CANCELLED);
  EXPECT_THAT(ended.outcome().message(), HasSubstr("ttl"));
  const v1::Result last = ResultStream::Attach(server.stub(), stream.name()).ReadFinal();
  EXPECT_EQ(last.outcome().SerializeAsString(), ended.outcome().SerializeAsString());
}

TEST(ADurableRegistration, IsJoinedByItsRequestId) {
  RscadProcess server(Durably());
  v1::RegisterCustomActionRequest request = DurableRequest("counter", R"({"count": 5})");
  request.set_request_id(kRequestId);
  ResultStream first = ResultStream::Register(server.stub(), request);
  first.ReadFinal();
  request.set_after_sequence(2);
  ResultStream second = ResultStream::Register(server.stub(), request);
  EXPECT_EQ(second.name(), first.name());
  EXPECT_EQ(second.ReadAll().at(0).response(), "3");
  request.set_arguments(R"({"count": 6})");
  EXPECT_THAT(ResultStream::Register(server.stub(), request).Finish(),
              IsError(absl::StatusCode::kAlreadyExists, "REQUEST_ID_IN_USE"));
}

TEST(ADurableRegistration, OfARestartableActionBeginsAgainWhenItsWorkerDies) {
  RscadProcess server(Durably());
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("restartable_counter", kEndless));
  const std::uint64_t count = stream.ReadResults(10).size();
  SendSignal(server.OnlyWorker(), SIGKILL);
  EXPECT_THAT(ReadToInterruption(&stream, count).reason(), HasSubstr("signal 9"));
  EXPECT_EQ(stream.ReadResults(1).at(0).response(), "1");
  ResultStream::Unregister(server.stub(), stream.name()).ReadFinal();
  EXPECT_EQ(stream.ReadFinal().outcome().kind(), Outcome::KIND_UNREGISTERED);
}

TEST(ADurableRegistration, OfAnotherActionEndsWhenItsWorkerDies) {
  RscadProcess server(Durably());
  ResultStream stream = ResultStream::Register(server.stub(), DurableRequest("counter", kEndless));
  stream.ReadResults(10);
  SendSignal(server.OnlyWorker(), SIGKILL);
  const v1::Result last = stream.ReadFinal();
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_WORKER_CRASHED);
  EXPECT_EQ(last.outcome().worker_exit().signal(), SIGKILL);
}

TEST(TwoReadersOfADurableRegistration, ReadTheSameEachAtItsOwnPace) {
  constexpr int kResults = 20'000;
  RscadProcess server(
      Durably().Set("delivery.stall_timeout", "10m").Set("delivery.report_wait", "10m"));
  ResultStream slow = ResultStream::Register(
      server.stub(),
      DurableRequest("counter", absl::StrCat(R"({"size": 1000, "count": )", kResults, "}")));
  std::vector<v1::Result> slowly = slow.ReadResults(5);
  ResultStream quick = AttachAfter(server.stub(), slow.name(), 0);
  const std::vector<v1::Result> quickly = quick.ReadAll();
  ASSERT_EQ(quickly.size(), kResults + 1u) << "the slow one holds nothing up";
  for (v1::Result& result : slow.ReadAll()) slowly.push_back(std::move(result));
  ASSERT_EQ(slowly.size(), quickly.size());
  for (std::size_t i = 0; i < slowly.size(); ++i) {
    ASSERT_EQ(slowly[i].SerializeAsString(), quickly[i].SerializeAsString());
  }
}

TEST(TheJournalsRetention, LeavesTheNewestResultsAndSaysWhichIsTheOldest) {
  RscadProcess server(Durably().Set("journal.results_per_registration", "10"));
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("counter", R"({"count": 100})"));
  const std::string name = stream.name();
  stream.Finish();
  const auto check = [&] {
    const Registration kept = WaitForEnd(server.stub(), name);
    EXPECT_EQ(kept.last_sequence(), 101u);
    EXPECT_EQ(kept.result_count(), 101);
    // What is over the limit goes with the next commit.
    EXPECT_TRUE(Eventually(
        [&] { return GetRegistration(server.stub(), name).response.first_sequence() == 92; }));
    const grpc::Status status = AttachAfter(server.stub(), name, 90).Finish();
    EXPECT_THAT(status, IsError(absl::StatusCode::kOutOfRange, "RESULTS_TRUNCATED"));
    EXPECT_EQ(Metadata(status, "oldest_sequence"), "92");
    const std::vector<v1::Result> rest = ResultStream::Attach(server.stub(), name).ReadAll();
    ASSERT_EQ(rest.size(), 10u);
    EXPECT_EQ(rest[0].sequence(), 92u);
    EXPECT_EQ(AttachAfter(server.stub(), name, 91).ReadAll().size(), 10u);
  };
  check();
  KillAndRestart(&server);
  check();
}

}  // namespace
}  // namespace rsca::support
