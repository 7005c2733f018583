// Durable registrations over the end of their server and the beginning of the next.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/durable_requests.h"

namespace rsca::support {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using v1::Outcome;
using v1::Registration;
using v1::WorkerExit;

struct EndOfServer {
  const char* name;
  void (*end_and_restart)(RscadProcess* server);
};

class AfterTheNextStart : public testing::TestWithParam<EndOfServer> {};

INSTANTIATE_TEST_SUITE_P(Server, AfterTheNextStart,
                         testing::Values(EndOfServer{"Stopped", StopAndRestart},
                                         EndOfServer{"Killed", KillAndRestart}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(AfterTheNextStart, ARestartableActionBeginsAgainInTheSameSequence) {
  RscadProcess server(Durably());
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("restartable_counter", kEndless));
  const std::string name = stream.name();
  std::vector<v1::Result> held = stream.ReadResults(50);
  GetParam().end_and_restart(&server);
  EXPECT_EQ(GetRegistration(server.stub(), name).response.name(), name);

  ResultStream again = AttachAfter(server.stub(), name, held.back().sequence());
  const v1::Interruption interruption = ReadToInterruption(&again, held.size());
  EXPECT_THAT(interruption.reason(), HasSubstr("server"));
  EXPECT_TRUE(interruption.has_interrupt_time());
  std::uint64_t count = 0;
  for (const v1::Result& result : again.ReadResults(20)) {
    EXPECT_EQ(result.response(), absl::StrCat(++count)) << "from the beginning";
  }
  const std::vector<v1::Result> replay =
      AttachAfter(server.stub(), name, 0).ReadResults(held.size());
  ASSERT_EQ(replay.size(), held.size());
  for (std::size_t i = 0; i < held.size(); ++i) {
    EXPECT_EQ(replay[i].SerializeAsString(), held[i].SerializeAsString());
  }
  ResultStream::Unregister(server.stub(), name).ReadFinal();
  EXPECT_EQ(again.ReadFinal().outcome().kind(), Outcome::KIND_UNREGISTERED);
}

TEST_P(AfterTheNextStart, ARestartableActionThatNobodyIsAttachedToGoesOnAsWell) {
  RscadProcess server(Durably());
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("restartable_counter", kEndless));
  const std::uint64_t read = stream.ReadResults(5).back().sequence();
  Leave(server, &stream);
  for (int round = 0; round < 3; ++round) {
    GetParam().end_and_restart(&server);
    const std::uint64_t last =
        GetRegistration(server.stub(), stream.name()).response.last_sequence();
    EXPECT_GT(last, read);
    EXPECT_TRUE(Eventually([&] {
      return GetRegistration(server.stub(), stream.name()).response.last_sequence() > last + 5;
    }));
  }
  ResultStream all = AttachAfter(server.stub(), stream.name(), 0);
  for (int round = 0; round < 3; ++round) ReadToInterruption(&all, 0);
  EXPECT_EQ(all.ReadResults(1).at(0).response(), "1");
}

TEST_P(AfterTheNextStart, AnActionThatIsNotRestartableHasEndedAndSaysWhy) {
  RscadProcess server(Durably());
  ResultStream stream = ResultStream::Register(server.stub(), DurableRequest("counter", kEndless));
  const std::vector<v1::Result> held = stream.ReadResults(50);
  GetParam().end_and_restart(&server);
  const Registration ended = WaitForEnd(server.stub(), stream.name());
  EXPECT_THAT(ended.outcome().message(), HasSubstr("server"));
  if (std::string(GetParam().name) == "Killed") {
    EXPECT_EQ(ended.outcome().kind(), Outcome::KIND_WORKER_CRASHED);
    EXPECT_EQ(ended.outcome().worker_exit().reason(), WorkerExit::REASON_SERVER_ENDED);
  } else {
    EXPECT_EQ(ended.outcome().kind(), Outcome::KIND_CANCELLED);
  }
  const std::vector<v1::Result> all = AttachAfter(server.stub(), stream.name(), 0).ReadAll();
  ASSERT_GT(all.size(), held.size());
  for (std::size_t i = 0; i < held.size(); ++i) {
    EXPECT_EQ(all[i].SerializeAsString(), held[i].SerializeAsString());
  }
  EXPECT_EQ(all.back().sequence(), ended.last_sequence());
  EXPECT_EQ(all.back().outcome().SerializeAsString(), ended.outcome().SerializeAsString());
}

TEST_P(AfterTheNextStart, WhatHadEndedIsThereAsItWas) {
  RscadProcess server(Durably());
  std::map<std::string, std::string> shown;
  std::map<std::string, std::vector<v1::Result>> results;
  for (const char* arguments : {R"({"count": 3})", R"({"count": 40, "status": -2147467259})"}) {
    ResultStream stream =
        ResultStream::Register(server.stub(), DurableRequest("counter", arguments));
    results[stream.name()] = stream.ReadAll();
    EXPECT_TRUE(Eventually([&] {
      return GetRegistration(server.stub(), stream.name()).response.stream_count() == 0;
    }));
    shown[stream.name()] = WaitForEnd(server.stub(), stream.name()).ShortDebugString();
  }
  for (int round = 0; round < 2; ++round) {
    GetParam().end_and_restart(&server);
    EXPECT_EQ(ListRegistrations(server.stub()).size(), shown.size());
    for (const auto& [name, before] : shown) {
      EXPECT_EQ(GetRegistration(server.stub(), name).response.ShortDebugString(), before);
      const std::vector<v1::Result> again = AttachAfter(server.stub(), name, 0).ReadAll();
      ASSERT_EQ(again.size(), results[name].size());
      for (std::size_t i = 0; i < again.size(); ++i) {
        EXPECT_EQ(again[i].SerializeAsString(), results[name][i].SerializeAsString());
      }
      EXPECT_EQ(ResultStream::Unregister(server.stub(), name).ReadFinal().SerializeAsString(),
                again.back().SerializeAsString());
    }
  }
}

TEST_P(AfterTheNextStart, ARetriedRegisterJoinsWhatItMade) {
  RscadProcess server(Durably());
  v1::RegisterCustomActionRequest request = DurableRequest("restartable_counter", kEndless);
  request.set_request_id(kRequestId);
  ResultStream stream = ResultStream::Register(server.stub(), request);
  stream.ReadResults(5);
  GetParam().end_and_restart(&server);
  request.set_after_sequence(stream.last_sequence());
  ResultStream again = ResultStream::Register(server.stub(), request);
  EXPECT_EQ(again.name(), stream.name());
  ReadToInterruption(&again, stream.last_sequence());
  request.set_arguments("{}");
  EXPECT_THAT(ResultStream::Register(server.stub(), request).Finish(),
              IsError(absl::StatusCode::kAlreadyExists, "REQUEST_ID_IN_USE"));
  EXPECT_EQ(ListRegistrations(server.stub()).size(), 1u);
}

TEST_P(AfterTheNextStart, AttachedRegistrationsAreGoneAndNewOnesHaveOtherNames) {
  RscadProcess server(Durably());
  ResultStream attached = ResultStream::Register(server.stub(), "counter", kEndless);
  ResultStream durable =
      ResultStream::Register(server.stub(), DurableRequest("counter", R"({"count": 1})"));
  attached.ReadResults(1);
  durable.ReadFinal();
  GetParam().end_and_restart(&server);
  EXPECT_THAT(GetRegistration(server.stub(), attached.name()).status,
              IsError(absl::StatusCode::kNotFound, "REGISTRATION_NOT_FOUND"));
  ResultStream later =
      ResultStream::Register(server.stub(), DurableRequest("counter", R"({"count": 1})"));
  EXPECT_NE(later.name(), durable.name());
  EXPECT_EQ(later.ReadAll().size(), 2u);
}

TEST(AnUnregisterThatWasAcknowledged, StaysDoneAlthoughTheServerIsKilled) {
  RscadProcess server(Durably({"hangs_in_unregister"}));
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("hangs_in_unregister", ""));
  stream.ReadResults(1);
  ResultStream unregister = ResultStream::Unregister(server.stub(), stream.name());
  ASSERT_EQ(unregister.name(), stream.name());
  KillAndRestart(&server);
  const Registration ended = WaitForEnd(server.stub(), stream.name());
  EXPECT_EQ(ended.outcome().kind(), Outcome::KIND_UNREGISTERED);
  EXPECT_EQ(ended.last_sequence(), 2u);
}

TEST(AnUnregisterThatWasAcknowledged, StaysDoneForRestartableActions) {
  RscadProcess server(Durably());
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("restartable_counter", kEndless));
  stream.ReadResults(10);
  ResultStream unregister = ResultStream::Unregister(server.stub(), stream.name());
  ASSERT_EQ(unregister.name(), stream.name());
  KillAndRestart(&server);
  const Registration ended = WaitForEnd(server.stub(), stream.name());
  EXPECT_EQ(ended.outcome().kind(), Outcome::KIND_UNREGISTERED);
  const std::vector<v1::Result> all = AttachAfter(server.stub(), stream.name(), 0).ReadAll();
  EXPECT_EQ(all.back().sequence(), all.size()) << "no interruption: it did not begin again";
}

constexpr milliseconds kTtl(2'000);

// Waits until results are committed that come after this call, and so is all that was before it.
void AwaitCommit(const RscadProcess& server, const std::string& name) {
  const auto last_sequence = [&] {
    return GetRegistration(server.stub(), name).response.last_sequence();
  };
  const std::uint64_t last = last_sequence();
  ASSERT_TRUE(Eventually([&] { return last_sequence() > last + 10; }));
}

// Starts the server again when the ttl is over, and checks that it is not given once more.
void ExpectNoSecondTtl(RscadProcess* server, const std::string& name) {
  server->Kill();
  ASSERT_TRUE(server->Wait().has_value());
  // What is waited for is the time itself.
  std::this_thread::sleep_for(kTtl);
  server->Restart();
  ResultStream later = ResultStream::Register(
      server->stub(), DurableRequest("restartable_counter", kEndless, kTtl / 2));
  later.ReadResults(1);
  later.Cancel();
  const Registration late_one = WaitForEnd(server->stub(), later.name());
  const Registration ended = WaitForEnd(server->stub(), name);
  EXPECT_EQ(ended.outcome().kind(), Outcome::KIND_CANCELLED);
  EXPECT_THAT(ended.outcome().message(), HasSubstr("ttl"));
  const auto time_of = [](const Registration& registration) {
    return std::make_pair(registration.end_time().seconds(), registration.end_time().nanos());
  };
  EXPECT_LT(time_of(ended), time_of(late_one)) << "it does not begin anew";
}

TEST(TheTtl, GoesOnWhileTheServerIsDown) {
  RscadProcess server(Durably());
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("restartable_counter", kEndless, kTtl));
  stream.ReadResults(3);
  Leave(server, &stream);
  AwaitCommit(server, stream.name());
  ExpectNoSecondTtl(&server, stream.name());
}

TEST(TheTtl, BeginsWithTheStartAfterTheServerThatAReaderWasAttachedTo) {
  RscadProcess server(Durably());
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("restartable_counter", kEndless, kTtl));
  stream.ReadResults(3);
  KillAndRestart(&server);
  AwaitCommit(server, stream.name());
  ExpectNoSecondTtl(&server, stream.name());
}

TEST(TheTtl, IsNotUsedUpWhileAReaderIsAttached) {
  RscadProcess server(Durably());
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("restartable_counter", kEndless, kTtl));
  // A reader for longer than the ttl: counted at 1 ms each at least.
  stream.ReadResults(3'100);
  KillAndRestart(&server);
  ResultStream again = AttachAfter(server.stub(), stream.name(), stream.last_sequence());
  ReadToInterruption(&again, stream.last_sequence());
  EXPECT_EQ(again.ReadResults(1).at(0).response(), "1");
}

TEST(AJournal, IsNotSharedByTwoServers) {
  RscadProcess server(Durably());
  const TempDir dir;
  const Config second = Durably()
                            .Set("runtime_dir", dir.path())
                            .Set("journal.directory", server.dir().File("journal"));
  WriteFile(dir.File("rscad.yaml"), second.Yaml());
  ChildProcess refused({RscadPath(), "--config", dir.File("rscad.yaml")});
  const std::optional<ExitStatus> exit = refused.Wait();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->signal, 0);
  EXPECT_NE(exit->status, 0);
  EXPECT_THAT(refused.Error(), HasSubstr(absl::StrCat("process ", server.pid(), " (rscad)")));
  EXPECT_THAT(refused.Error(), HasSubstr(server.dir().File("journal")));
  ResultStream stream =
      ResultStream::Register(server.stub(), DurableRequest("counter", R"({"count": 3})"));
  EXPECT_EQ(stream.ReadAll().size(), 4u) << "the first goes on";
}

}  // namespace
}  // namespace rsca::support
