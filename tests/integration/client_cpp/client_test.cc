// The C++ client library and its examples with the real server.
#include "rsca/client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "tests/integration/client_cpp/cutting_proxy.h"
#include "tests/support/eventually.h"
#include "tests/support/rscad_process.h"

namespace rsca::client {
namespace {

using support::BuiltIn;
using support::ChildProcess;
using support::Config;
using support::Eventually;
using support::ExitStatus;
using support::RscadProcess;
using ::testing::HasSubstr;

Config Counting() { return Config().Pool("default", {"counter", BuiltIn("file")}); }

std::string SocketPath(const RscadProcess& server) {
  return std::string(absl::StripPrefix(server.address(), "unix:"));
}

RegisterOptions Quick() {
  RegisterOptions options;
  options.retry.initial_backoff = absl::Milliseconds(1);
  options.retry.open_limit = absl::Minutes(2);
  options.detach_grace = absl::Minutes(2);
  return options;
}

ResultStream Register(Client client, const std::string& function, const std::string& arguments) {
  absl::StatusOr<ResultStream> stream = client.Register(function, arguments, Quick());
  if (!stream.ok()) ADD_FAILURE() << stream.status();
  return *std::move(stream);
}

// 1, 2, 3 … as counter numbers its results, and no other, up to its final one.
void ExpectTheCountTo(uint64_t count, ResultStream* stream) {
  uint64_t expected = 1;
  for (const Event& event : *stream) {
    ASSERT_EQ(event.sequence(), expected);
    if (event.result()->final()) break;
    ASSERT_EQ(event.result()->response(), absl::StrCat(expected));
    ++expected;
  }
  EXPECT_TRUE(stream->status().ok()) << stream->status();
  EXPECT_EQ(expected, count + 1);
  ASSERT_NE(stream->outcome(), nullptr);
  EXPECT_EQ(stream->outcome()->kind(), v1::Outcome::KIND_COMPLETED);
}

TEST(ClientWithServer, CountsEveryResultAcrossCutConnections) {
  RscadProcess server(Counting());
  CuttingProxy proxy(SocketPath(server), 500, 60'000);
  ResultStream stream =
      Register(*Client::Connect({proxy.address()}), "counter", R"({"count": 20000})");
  ExpectTheCountTo(20000, &stream);
  EXPECT_GT(proxy.cuts(), 3);
}

TEST(ClientWithServer, ReadsEveryLineOfAGrowingFileAcrossCutConnections) {
  constexpr int kLines = 5000;
  RscadProcess server(Counting());
  CuttingProxy proxy(SocketPath(server), 1000, 4000);
  const std::string path = server.dir().File("growing.log");
  std::ofstream file(path);
  ResultStream stream = Register(*Client::Connect({proxy.address()}), "file.tail",
                                 absl::StrCat(R"({"path": ")", path, R"("})"));
  std::thread writer([&file] {
    for (int line = 1; line <= kLines; ++line) file << line << "\n" << std::flush;
  });
  std::string text;
  std::string expected;
  for (int line = 1; line <= kLines; ++line) absl::StrAppend(&expected, line, "\n");
  while (text.size() < expected.size()) {
    const uint64_t last = stream.last_sequence();
    const absl::StatusOr<std::optional<Event>> event = stream.Next();
    ASSERT_TRUE(event.ok() && event->has_value()) << event.status();
    ASSERT_EQ((*event)->sequence(), last + 1);
    text += (*event)->result()->response();
  }
  writer.join();
  EXPECT_EQ(text, expected);
  EXPECT_GT(proxy.cuts(), 3);
}

TEST(ClientWithServer, SaysWhatWasLostWithAKilledServer) {
  RscadProcess server(Counting());
  ResultStream stream = Register(*Client::Connect({server.address()}), "counter", "{}");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(stream.Next().ok());
  server.Kill();
  server.Wait();
  std::thread restart([&server] { server.Restart(); });
  uint64_t last = stream.last_sequence();
  for (const Event& event : stream) {
    ASSERT_EQ(event.sequence(), last + 1);
    last = event.sequence();
  }
  restart.join();
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kDataLoss) << stream.status();
  const std::optional<LostResults> lost = GetLostResults(stream.status());
  ASSERT_TRUE(lost.has_value());
  EXPECT_EQ(lost->first, last + 1);
}

TEST(ClientWithServer, GoesOnWhenAStoppedServerContinues) {
  constexpr uint64_t kCount = 20000;
  RscadProcess server(Counting());
  ResultStream stream = Register(*Client::Connect({server.address()}), "counter",
                                 absl::StrCat(R"({"size": 1000, "count": )", kCount, "}"));
  ASSERT_TRUE(stream.Next().ok());
  server.Signal(SIGSTOP);
  std::atomic<uint64_t> seen = 1;
  // The client has read what was on its way when it has not moved for a while.
  std::thread later([&] {
    uint64_t before = 0;
    EXPECT_TRUE(Eventually([&] {
      absl::SleepFor(absl::Milliseconds(100));
      const uint64_t now = seen;
      return std::exchange(before, now) == now;
    }));
    EXPECT_LT(before, kCount);
    server.Signal(SIGCONT);
  });
  for (const Event& event : stream) {
    EXPECT_EQ(event.sequence(), seen + 1);
    seen = event.sequence();
  }
  later.join();
  EXPECT_TRUE(stream.status().ok()) << stream.status();
  EXPECT_EQ(seen, kCount + 1);
}

TEST(ClientWithServer, JoinsAgainAfterItWasCutOffForNotReading) {
  RscadProcess server(Counting().Set("delivery.stall_timeout", "1s"));
  Client client = *Client::Connect({server.address()});
  ResultStream stream = Register(client, "counter", R"({"count": 300, "size": 65536})");
  const std::string name = stream.registration().name();
  EXPECT_TRUE(Eventually([&] { return client.GetRegistration(name)->stream_count() == 0; }));
  uint64_t last = 0;
  for (const Event& event : stream) {
    ASSERT_EQ(event.sequence(), last + 1);
    last = event.sequence();
  }
  EXPECT_TRUE(stream.status().ok()) << stream.status();
  EXPECT_EQ(last, 301u);
}

TEST(ClientWithServer, UnregistersAStreamThatGoesOnToItsFinalResult) {
  RscadProcess server(Counting());
  Client client = *Client::Connect({server.address()});
  ResultStream stream = Register(client, "counter", R"({"interval_ms": 1})");
  ASSERT_TRUE(stream.Next().ok());
  std::thread other([&stream] { EXPECT_TRUE(stream.Unregister().ok()); });
  uint64_t last = stream.last_sequence();
  for (const Event& event : stream) {
    ASSERT_EQ(event.sequence(), last + 1);
    last = event.sequence();
  }
  other.join();
  ASSERT_TRUE(stream.status().ok()) << stream.status();
  EXPECT_EQ(stream.outcome()->kind(), v1::Outcome::KIND_UNREGISTERED);

  // Again, from another client: the same final result.
  absl::StatusOr<ResultStream> again =
      Client::Connect({server.address()})->Unregister(stream.registration().name());
  ASSERT_TRUE(again.ok()) << again.status();
  const absl::StatusOr<std::optional<Event>> final = again->Next();
  ASSERT_TRUE(final.ok() && final->has_value()) << final.status();
  EXPECT_EQ((*final)->sequence(), last);
  EXPECT_FALSE((*again->Next()).has_value());
}

TEST(ClientWithServer, UnregistersAllRegistrationsOfAFunction) {
  RscadProcess server(Counting());
  Client client = *Client::Connect({server.address()});
  ResultStream one = Register(client, "counter", R"({"interval_ms": 1})");
  ResultStream two = Register(client, "counter", R"({"interval_ms": 1})");
  absl::StatusOr<ResultStream> all = client.UnregisterFunction("counter");
  ASSERT_TRUE(all.ok()) << all.status();
  std::vector<std::string> ended;
  for (const Event& event : *all) {
    if (event.result()->final()) ended.push_back(all->registration().name());
  }
  EXPECT_TRUE(all->status().ok()) << all->status();
  EXPECT_THAT(
      ended, ::testing::UnorderedElementsAre(one.registration().name(), two.registration().name()));
}

// The examples, as programs.
class Example : public ::testing::Test {
 protected:
  support::ChildOptions Options() {
    support::ChildOptions options;
    options.environment["RSCA_SERVER"] = server_.address();
    return options;
  }
  std::string Program(const std::string& name) { return RSCA_EXAMPLES "/example_" + name; }

  RscadProcess server_{Counting()};
};

TEST_F(Example, RunPrintsTheAnswer) {
  const std::string path = server_.dir().File("greeting");
  support::WriteFile(path, "hello");
  ChildProcess run({Program("run"), "file.read", absl::StrCat(R"({"path": ")", path, R"("})")},
                   Options());
  EXPECT_EQ(run.Wait(), ExitStatus{}) << run.Error();
  EXPECT_EQ(run.Output(), "hello\n");
}

TEST_F(Example, RunSaysWhyACallIsRefused) {
  ChildProcess run({Program("run"), "no.such"}, Options());
  EXPECT_EQ(run.Wait(), (ExitStatus{1, 0}));
  EXPECT_THAT(run.Error(), HasSubstr("ACTION_NOT_FOUND"));
}

TEST_F(Example, FollowEndsItsRegistrationOnCtrlC) {
  ChildProcess follow({Program("follow"), "counter", R"({"interval_ms": 1})"}, Options());
  ASSERT_TRUE(Eventually([&] { return !follow.Output().empty(); }));
  follow.Signal(SIGINT);
  EXPECT_EQ(follow.Wait(), ExitStatus{}) << follow.Error();
  EXPECT_THAT(follow.Output(), HasSubstr("count="));
  EXPECT_THAT(follow.Error(), HasSubstr("ended: "));
}

TEST_F(Example, ResumeGoesOnWhereItWasKilled) {
  const std::string state = server_.dir().File("state");
  const std::vector<std::string> command = {Program("resume"), state, "counter",
                                            R"({"interval_ms": 5})"};
  std::string name;
  uint64_t noted = 0;
  {
    ChildProcess first(command, Options());
    ASSERT_TRUE(Eventually([&] { return (std::ifstream(state) >> name >> noted) && noted >= 10; }));
    first.Signal(SIGKILL);
    first.Wait();
  }
  ChildProcess second(command, Options());
  ASSERT_TRUE(Eventually([&] {
    uint64_t now = 0;
    return (std::ifstream(state) >> name >> now) && now >= noted + 50;
  }));
  ASSERT_TRUE(Client::Connect({server_.address()})->Unregister(name).ok());
  EXPECT_EQ(second.Wait(), ExitStatus{}) << second.Error();
  EXPECT_THAT(second.Error(), HasSubstr("going on after "));
  std::istringstream lines(second.Output());
  std::string line;
  std::getline(lines, line);
  uint64_t expected = 0;
  ASSERT_TRUE(absl::SimpleAtoi(line, &expected)) << second.Output() << second.Error();
  EXPECT_GE(expected, noted);  // it may have noted more before it died
  for (; !absl::StartsWith(line, "count=") && lines; std::getline(lines, line), ++expected) {
    ASSERT_EQ(line, absl::StrCat(expected)) << second.Output() << second.Error();
  }
  EXPECT_EQ(line, absl::StrCat("count=", expected - 1));
}

}  // namespace
}  // namespace rsca::client
