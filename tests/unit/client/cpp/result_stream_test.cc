// Streams against a server that breaks them.
#include "rsca/client/result_stream.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "client/cpp/connection.h"
#include "common/status.h"
#include "rsca/client/client.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_timers.h"
#include "tests/unit/client/cpp/scripted_server.h"

namespace rsca::client {
namespace {

using support::Eventually;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Sequences = std::vector<uint64_t>;

const grpc::Status kUnavailable(grpc::StatusCode::UNAVAILABLE, "the wire is cut");

// Tries again soon, and for longer than any test takes.
RegisterOptions Quick() {
  RegisterOptions options;
  options.retry.initial_backoff = absl::Milliseconds(1);
  options.retry.max_backoff = absl::Milliseconds(20);
  options.retry.open_limit = absl::Minutes(2);
  return options;
}

class ResultStreamTest : public ::testing::Test {
 protected:
  ResultStreamTest() : client_(*Client::Connect({server_.address()})) {}

  ResultStream Register(const RegisterOptions& options = Quick()) {
    absl::StatusOr<ResultStream> stream = client_.Register("scripted", "{}", options);
    if (!stream.ok()) ADD_FAILURE() << stream.status();
    return *std::move(stream);
  }

  // All sequences to the end, good or bad.
  static Sequences ReadAll(ResultStream* stream) {
    Sequences sequences;
    for (const Event& event : *stream) {
      sequences.push_back(event.sequence());
      EXPECT_EQ(stream->last_sequence(), event.sequence());
    }
    return sequences;
  }

  // A stream that gets this far and no further.
  void ThenLoseAfter(uint64_t last, const grpc::Status& how) {
    server_.Then([last, how](ScriptedStream& stream) {
      stream.Registered();
      for (uint64_t sequence = 1; sequence <= last; ++sequence) stream.Results({sequence});
      return how;
    });
  }

  void ThenEndAfter(uint64_t last) {
    server_.Then([last](ScriptedStream& stream) {
      stream.Registered(last);
      stream.Final(last + 1);
      return grpc::Status::OK;
    });
  }

  ScriptedServer server_;
  Client client_;
};

TEST_F(ResultStreamTest, CarriesEveryResultToTheFinalOne) {
  server_.Then([](ScriptedStream& stream) {
    stream.Registered();
    stream.Results({1});
    stream.Results({2, 3, 4});
    stream.Heartbeat(4);
    stream.Interruption(5);
    stream.Final(6);
    return grpc::Status::OK;
  });
  ResultStream stream = Register();
  EXPECT_EQ(stream.registration().name(), kName);
  EXPECT_EQ(stream.outcome(), nullptr);
  EXPECT_EQ((*stream.Next())->result()->response(), "result 1");
  EXPECT_THAT(ReadAll(&stream), ElementsAre(2, 3, 4, 5, 6));
  EXPECT_TRUE(stream.status().ok()) << stream.status();
  ASSERT_NE(stream.outcome(), nullptr);
  EXPECT_EQ(stream.outcome()->kind(), v1::Outcome::KIND_COMPLETED);
  EXPECT_FALSE(stream.Next()->has_value()) << "the end stays the end";
}

TEST_F(ResultStreamTest, TellsAnInterruptionFromAResult) {
  server_.Then([](ScriptedStream& stream) {
    stream.Registered();
    stream.Interruption(1);
    stream.Final(2);
    return grpc::Status::OK;
  });
  ResultStream stream = Register();
  const absl::StatusOr<std::optional<Event>> event = stream.Next();
  EXPECT_NE((*event)->interruption(), nullptr);
  EXPECT_EQ((*event)->result(), nullptr);
}

TEST_F(ResultStreamTest, JoinsAgainAfterTheLastSequenceItHas) {
  ThenLoseAfter(3, kUnavailable);
  ThenEndAfter(3);
  ResultStream stream = Register();
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(stream.status().ok()) << stream.status();
  const std::vector<SeenCall> calls = server_.calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[1].method, "Attach");
  EXPECT_EQ(calls[1].target, kName);
  EXPECT_EQ(calls[1].after, 3u);
}

TEST_F(ResultStreamTest, JoinsAgainWhenItWasTooSlowAReader) {
  ThenLoseAfter(2, {grpc::StatusCode::RESOURCE_EXHAUSTED, "the client does not read"});
  ThenEndAfter(2);
  ResultStream stream = Register();
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2, 3));
}

TEST_F(ResultStreamTest, KeepsTryingWhileTheServerStillCountsTheLostStream) {
  ThenLoseAfter(1, kUnavailable);
  server_.Then([](ScriptedStream&) {
    return ToGrpcStatus(MakeError(absl::StatusCode::kResourceExhausted, "LIMIT_EXCEEDED", "full"));
  });
  ThenEndAfter(1);
  ResultStream stream = Register();
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2));
}

TEST_F(ResultStreamTest, JoinsAgainWhenTheStreamEndsWithoutAFinalResult) {
  ThenLoseAfter(1, grpc::Status::OK);
  ThenEndAfter(1);
  ResultStream stream = Register();
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2));
}

TEST_F(ResultStreamTest, RepeatsRegisteringUnderTheSameRequestId) {
  server_.Then([](ScriptedStream&) { return kUnavailable; });
  ThenEndAfter(0);
  ResultStream stream = Register();
  const std::vector<SeenCall> calls = server_.calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[1].method, "Register");
  EXPECT_EQ(calls[0].request_id.size(), 36u);
  EXPECT_EQ(calls[1].request_id, calls[0].request_id);
  EXPECT_EQ(calls[1].after, 0u);
}

TEST_F(ResultStreamTest, DropsWhatItHasSeenBefore) {
  ThenLoseAfter(3, kUnavailable);
  server_.Then([](ScriptedStream& stream) {
    stream.Registered(5);
    stream.Results({1, 2});
    stream.Results({2, 3, 4, 4, 5});
    stream.Interruption(5);
    stream.Final(6);
    return grpc::Status::OK;
  });
  ResultStream stream = Register();
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(ResultStreamTest, EndsAtAGapAfterWhatStandsBeforeIt) {
  server_.Then([](ScriptedStream& stream) {
    stream.Registered();
    stream.Results({1, 2, 6, 7});
    stream.WaitUntilLeft();
    return grpc::Status::CANCELLED;
  });
  ResultStream stream = Register();
  EXPECT_EQ((*stream.Next())->sequence(), 1u);
  EXPECT_EQ((*stream.Next())->sequence(), 2u);
  EXPECT_TRUE(ReadAll(&stream).empty());
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kDataLoss);
  const std::optional<LostResults> lost = GetLostResults(stream.status());
  ASSERT_TRUE(lost.has_value());
  EXPECT_EQ(lost->first, 3u);
  EXPECT_EQ(lost->last, 5u);
}

TEST_F(ResultStreamTest, SaysWhatRetentionHasDropped) {
  ThenLoseAfter(2, kUnavailable);
  server_.Then([](ScriptedStream&) {
    return ToGrpcStatus(MakeError(absl::StatusCode::kOutOfRange, "RESULTS_TRUNCATED", "too late",
                                  {{"oldest_sequence", "9"}}));
  });
  ResultStream stream = Register();
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2));
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ErrorReason(stream.status()), "RESULTS_TRUNCATED");
  EXPECT_EQ(GetLostResults(stream.status())->first, 3u);
  EXPECT_EQ(GetLostResults(stream.status())->last, 8u);
  EXPECT_THAT(std::string(stream.status().message()), HasSubstr("results 3 to 8 are lost"));
}

TEST_F(ResultStreamTest, SaysThatTheServerHasForgottenTheRegistration) {
  ThenLoseAfter(2, kUnavailable);
  server_.Then([](ScriptedStream&) {
    return ToGrpcStatus(
        MakeError(absl::StatusCode::kNotFound, "REGISTRATION_NOT_FOUND", "never heard of it"));
  });
  ResultStream stream = Register();
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2));
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(GetLostResults(stream.status())->first, 3u);
  EXPECT_FALSE(GetLostResults(stream.status())->last.has_value());
  EXPECT_EQ(stream.Next().status(), stream.status()) << "the error stays";
}

TEST_F(ResultStreamTest, ReturnsARefusalAtOnceWithItsDetails) {
  for (const absl::Status& refusal :
       {MakeError(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND", "no such action"),
        MakeError(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE", "no worker"),
        MakeError(absl::StatusCode::kInternal, "WORKER_CRASHED", "it died"),
        MakeError(absl::StatusCode::kResourceExhausted, "LIMIT_EXCEEDED", "too many")}) {
    server_.Then([refusal](ScriptedStream&) { return ToGrpcStatus(refusal); });
    const absl::StatusOr<ResultStream> stream = client_.Register("scripted", "{}", Quick());
    EXPECT_EQ(stream.status(), refusal);
  }
}

TEST_F(ResultStreamTest, LeavesAServerThatHasGoneSilent) {
  auto owned_timers = std::make_unique<FakeTimers>();
  FakeTimers& timers = *owned_timers;
  Client client(std::make_shared<internal::Connection>(
      server_.address(), /*with_tls=*/false,
      grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials()),
      std::move(owned_timers)));
  server_.Then([](ScriptedStream& stream) {
    stream.Registered();
    stream.Results({1});
    stream.WaitUntilLeft();
    return grpc::Status::CANCELLED;
  });
  ThenEndAfter(1);
  const RegisterOptions options = Quick();
  absl::StatusOr<ResultStream> stream = client.Register("scripted", "{}", options);
  ASSERT_TRUE(stream.ok()) << stream.status();
  std::thread time([&] {
    // The second call ends the silence, and time stands still again.
    EXPECT_TRUE(Eventually([&] {
      timers.Advance(options.heartbeat_interval);
      return server_.calls().size() == 2;
    }));
  });
  EXPECT_THAT(ReadAll(&*stream), ElementsAre(1, 2));
  time.join();
}

TEST_F(ResultStreamTest, LeavesAStreamWhoseHeartbeatsKnowOfResultsThatDoNotCome) {
  server_.Then([](ScriptedStream& stream) {
    stream.Registered();
    stream.Results({1});
    stream.Heartbeat(2);
    stream.Results({2});
    stream.Heartbeat(4);
    stream.Heartbeat(4);
    stream.WaitUntilLeft();
    return grpc::Status::CANCELLED;
  });
  ThenEndAfter(2);
  ResultStream stream = Register();
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2, 3));
}

TEST_F(ResultStreamTest, FindsAServerThatWasStoppedAndStartedAgain) {
  server_.Then([](ScriptedStream& stream) {
    stream.Registered();
    stream.Results({1});
    stream.WaitUntilLeft();
    return grpc::Status::CANCELLED;
  });
  ResultStream stream = Register();
  EXPECT_EQ((*stream.Next())->sequence(), 1u);
  std::thread restart([this] {
    server_.Stop();
    ThenEndAfter(1);
    server_.Start();
  });
  EXPECT_THAT(ReadAll(&stream), ElementsAre(2));
  restart.join();
}

TEST_F(ResultStreamTest, TellsThatItWasLostAndThatItHasJoinedAgain) {
  ThenLoseAfter(1, kUnavailable);
  server_.Then([](ScriptedStream&) { return kUnavailable; });
  ThenEndAfter(1);
  std::vector<std::string> told;
  RegisterOptions options = Quick();
  options.on_connection_change = [&told](const absl::Status& connection) {
    told.push_back(connection.ok() ? "joined" : std::string(connection.message()));
  };
  ResultStream stream = Register(options);
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2));
  EXPECT_THAT(told, ElementsAre("the wire is cut", "joined"));
}

TEST_F(ResultStreamTest, EndsAtOnceWithAServerThatStops) {
  ThenLoseAfter(3, ToGrpcStatus(MakeError(absl::StatusCode::kUnavailable, "SERVER_DRAINING",
                                          "the server is shutting down")));
  RegisterOptions options = Quick();
  options.on_connection_change = [](const absl::Status& now) { ADD_FAILURE() << now; };
  ResultStream stream = Register(options);
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2, 3));
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(stream.status()), "SERVER_DRAINING");
  EXPECT_THAT(std::string(stream.status().message()), HasSubstr("after sequence 3"));
}

TEST_F(ResultStreamTest, WaitsForTheNextServerWhereTheRegistrationIsDurable) {
  server_.Then([](ScriptedStream& stream) {
    v1::ResultStreamResponse registered;
    registered.mutable_registered()->set_name(kName);
    registered.mutable_registered()->set_durable(true);
    stream.Write(registered);
    stream.Results({1});
    return ToGrpcStatus(MakeError(absl::StatusCode::kUnavailable, "SERVER_DRAINING", "later"));
  });
  ThenEndAfter(1);
  ResultStream stream = Register();
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1, 2));
}

TEST_F(ResultStreamTest, GivesUpAfterTheLimitAndSaysWhere) {
  RegisterOptions options = Quick();
  options.retry.rejoin_limit = absl::Milliseconds(100);
  server_.Then([](ScriptedStream& stream) {
    stream.Registered();
    stream.Results({1});
    stream.WaitUntilLeft();
    return grpc::Status::CANCELLED;
  });
  ResultStream stream = Register(options);
  EXPECT_EQ((*stream.Next())->sequence(), 1u);
  server_.Stop();
  EXPECT_TRUE(ReadAll(&stream).empty());
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(stream.status().message()), HasSubstr("lost after sequence 1"));
}

TEST_F(ResultStreamTest, TriesOnceWhereTheLimitIsZero) {
  RegisterOptions options = Quick();
  options.retry.open_limit = absl::ZeroDuration();
  server_.Then([](ScriptedStream&) { return kUnavailable; });
  EXPECT_EQ(client_.Register("scripted", "{}", options).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(ResultStreamTest, IsLeftByCancelFromAnotherThread) {
  server_.Then([](ScriptedStream& stream) {
    stream.Registered();
    stream.WaitUntilLeft();
    return grpc::Status::CANCELLED;
  });
  ResultStream stream = Register();
  std::thread other([&stream] { stream.Cancel(); });
  EXPECT_EQ(stream.Next().status().code(), absl::StatusCode::kCancelled);
  other.join();
}

TEST_F(ResultStreamTest, IsCancelledWhileItWaitsToTryAgain) {
  ThenLoseAfter(1, kUnavailable);
  RegisterOptions options = Quick();
  options.retry.initial_backoff = options.retry.max_backoff = absl::Hours(1);
  options.retry.rejoin_limit = absl::Hours(2);
  ResultStream stream = Register(options);
  EXPECT_EQ((*stream.Next())->sequence(), 1u);
  std::thread other([&stream] { stream.Cancel(); });
  EXPECT_EQ(stream.Next().status().code(), absl::StatusCode::kCancelled);
  other.join();
}

TEST_F(ResultStreamTest, IsCancelledBeforeThePlugInHasAccepted) {
  RegisterOptions options = Quick();
  server_.Then([](ScriptedStream& stream) {
    stream.WaitUntilLeft();
    return grpc::Status::CANCELLED;
  });
  std::thread other([this, &options] {
    EXPECT_TRUE(Eventually([this] { return server_.calls().size() == 1; }));
    options.cancellation.Cancel();
  });
  const absl::StatusOr<ResultStream> stream = client_.Register("scripted", "{}", options);
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kCancelled);
  other.join();
}

TEST_F(ResultStreamTest, OutlivesItsClient) {
  ThenEndAfter(0);
  absl::StatusOr<ResultStream> stream =
      Client::Connect({server_.address()})->Register("scripted", "{}");
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(ReadAll(&*stream), ElementsAre(1));
}

TEST_F(ResultStreamTest, AttachedWithoutASequenceBeginsWithTheOldestResult) {
  server_.Then([](ScriptedStream& stream) {
    stream.Registered(/*last_sequence=*/6, /*first_sequence=*/5);
    return kUnavailable;
  });
  server_.Then([](ScriptedStream& stream) {
    stream.Registered(6, 5);
    stream.Results({5, 6});
    stream.Final(7);
    return grpc::Status::OK;
  });
  absl::StatusOr<ResultStream> stream = client_.Attach(kName, Quick());
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_EQ(stream->last_sequence(), 4u);
  EXPECT_THAT(ReadAll(&*stream), ElementsAre(5, 6, 7));
  EXPECT_FALSE(server_.calls()[0].after.has_value());
  EXPECT_EQ(server_.calls()[1].after, 4u) << "so that what it began with is not lost unseen";
}

TEST_F(ResultStreamTest, AttachedAfterTheFinalResultStillKnowsTheOutcome) {
  server_.Then([](ScriptedStream& stream) {
    stream.RegisteredEnded(4);
    return grpc::Status::OK;
  });
  StreamOptions options;
  options.after_sequence = 4;
  absl::StatusOr<ResultStream> stream = client_.Attach(kName, options);
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_TRUE(ReadAll(&*stream).empty());
  EXPECT_TRUE(stream->status().ok()) << stream->status();
  ASSERT_NE(stream->outcome(), nullptr);
  EXPECT_EQ(stream->outcome()->kind(), v1::Outcome::KIND_FAILED);
}

TEST_F(ResultStreamTest, UnregisteringGoesOnAfterALostConnection) {
  server_.Then([](ScriptedStream& stream) {
    stream.Registered(7);
    stream.Results({8});
    return kUnavailable;
  });
  ThenEndAfter(8);
  absl::StatusOr<ResultStream> stream = client_.Unregister(kName, Quick());
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(ReadAll(&*stream), ElementsAre(8, 9));
  EXPECT_EQ(server_.calls()[1].method, "Unregister");
  EXPECT_EQ(server_.calls()[1].after, 8u);
}

TEST_F(ResultStreamTest, UnregisteringAnEndedRegistrationGivesItsFinalResult) {
  server_.Then([](ScriptedStream& stream) {
    stream.RegisteredEnded(4);
    stream.Final(4, v1::Outcome::KIND_UNREGISTERED);
    return grpc::Status::OK;
  });
  absl::StatusOr<ResultStream> stream = client_.Unregister(kName);
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(ReadAll(&*stream), ElementsAre(4));
  EXPECT_EQ(stream->outcome()->kind(), v1::Outcome::KIND_UNREGISTERED);
}

TEST_F(ResultStreamTest, UnregisteringAFunctionCarriesOneRegistrationAfterTheOther) {
  server_.Then([](ScriptedStream& stream) {
    stream.Registered(3, 1, "registrations/a");
    stream.Results({4});
    stream.Final(5);
    stream.Registered(0, 1, "registrations/b");
    stream.Final(1);
    return grpc::Status::OK;
  });
  absl::StatusOr<ResultStream> stream = client_.UnregisterFunction("scripted");
  ASSERT_TRUE(stream.ok()) << stream.status();
  std::vector<std::pair<std::string, uint64_t>> seen;
  for (const Event& event : *stream) {
    seen.emplace_back(stream->registration().name(), event.sequence());
  }
  EXPECT_THAT(seen, ElementsAre(std::pair("registrations/a", 4), std::pair("registrations/a", 5),
                                std::pair("registrations/b", 1)));
  EXPECT_TRUE(stream->status().ok()) << stream->status();
}

TEST_F(ResultStreamTest, UnregisteringAFunctionDoesNotJoinAgain) {
  server_.Then([](ScriptedStream& stream) {
    stream.Registered(3, 1, "registrations/a");
    stream.Final(4);
    return kUnavailable;
  });
  absl::StatusOr<ResultStream> stream = client_.UnregisterFunction("scripted", Quick());
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(ReadAll(&*stream), ElementsAre(4));
  EXPECT_EQ(stream->status().code(), absl::StatusCode::kUnavailable)
      << "there may have been more registrations";
}

TEST_F(ResultStreamTest, EndsItsRegistrationFromAnotherThread) {
  std::atomic<bool> unregistered = false;
  server_.Then([&](ScriptedStream& stream) {
    stream.Registered();
    EXPECT_TRUE(Eventually([&] { return unregistered.load(); }));
    stream.Final(1, v1::Outcome::KIND_UNREGISTERED);
    return grpc::Status::OK;
  });
  server_.Then([&](ScriptedStream& stream) {
    stream.Registered();
    unregistered = true;
    stream.WaitUntilLeft();
    return grpc::Status::CANCELLED;
  });
  ResultStream stream = Register();
  std::thread other([&] { EXPECT_TRUE(stream.Unregister().ok()); });
  EXPECT_THAT(ReadAll(&stream), ElementsAre(1));
  EXPECT_EQ(stream.outcome()->kind(), v1::Outcome::KIND_UNREGISTERED);
  other.join();
}

TEST_F(ResultStreamTest, HoldsTheServerBackWhileNobodyReads) {
  constexpr uint64_t kResults = 1000;
  constexpr size_t kBytes = 256 << 10;
  const auto written = std::make_shared<std::atomic<uint64_t>>(0);
  server_.Then([written](ScriptedStream& stream) {
    stream.Registered();
    v1::ResultStreamResponse message;
    v1::Result* result = message.add_results();
    result->set_response(std::string(kBytes, 'x'));
    for (uint64_t sequence = 1; sequence <= kResults; ++sequence) {
      result->set_sequence(sequence);
      if (!stream.Write(message)) break;
      *written = sequence;
    }
    return grpc::Status::OK;
  });
  ResultStream stream = Register();
  // The server has come to rest when it has not moved for a while. Should it only be slow, then it
  // is held to less here than it could have been, and the test passes all the same.
  uint64_t before = 0;
  EXPECT_TRUE(Eventually([&] {
    absl::SleepFor(absl::Milliseconds(200));
    const uint64_t now = *written;
    return std::exchange(before, now) == now && now > 0;
  }));
  EXPECT_LT(before, kResults / 4);
  // Reading sets it going again.
  while (*written == before) ASSERT_TRUE(stream.Next().ok());
}

}  // namespace
}  // namespace rsca::client
