// Clients that cancel, stop, never read or die.
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/support/calls.h"
#include "tests/support/child_process.h"
#include "tests/support/errors.h"
#include "tests/support/proc.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::HasSubstr;
using v1::Outcome;
using v1::Registration;

constexpr char kCountForEver[] = R"({"size": 4096})";

// What a server may grow by for one registration: its window of 8 MiB, and gRPC's buffers.
// Sanitizers keep what is freed for a while.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kGrowth = size_t{600} << 20;
#else
constexpr size_t kGrowth = size_t{48} << 20;
#endif

bool HasNoLivingRegistration(const RscadProcess& server) {
  for (const Registration& registration : ListRegistrations(server.stub())) {
    if (registration.state() != Registration::STATE_ENDED) return false;
  }
  return true;
}

TEST(Cancel, WhileThePluginIsAskedToRegisterUnregistersItWhenItHasAccepted) {
  RscadProcess server(
      Config().Pool("default", {"hangs_in_register"}).Set("delivery.detach_grace", "50ms"));
  const std::string release = server.dir().File("release");
  ResultStream stream = ResultStream::Register(server.stub(), "hangs_in_register", release);
  ASSERT_TRUE(Eventually([&] { return ListRegistrations(server.stub()).size() == 1; }))
      << "a registration that is being made is listed";
  stream.Cancel();
  EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::CANCELLED);
  WriteFile(release, "go");
  EXPECT_TRUE(
      Eventually([&] { return ReadFile(release + ".log") == "late register\nlate unregister\n"; }));
  EXPECT_TRUE(Eventually([&] { return HasNoLivingRegistration(server); }));
}

TEST(Cancel, AtAnyPointOfAStreamEndsTheRegistration) {
  RscadProcess server(Config().Pool("default", {"counter"}).Set("delivery.detach_grace", "0s"));
  for (const size_t results : {0U, 1U, 2U, 3U, 5U, 10U, 100U, 1000U}) {
    ResultStream stream = ResultStream::Register(server.stub(), "counter", kCountForEver);
    EXPECT_EQ(stream.ReadResults(results).size(), results);
    stream.Cancel();
    EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  for (int i = 0; i < 20; ++i) {  // before the first message
    ResultStream stream = ResultStream::Register(server.stub(), "counter", kCountForEver);
    stream.Cancel();
    EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(Eventually([&] { return HasNoLivingRegistration(server); }));
  ResultStream after = ResultStream::Register(server.stub(), "counter", R"({"count": 10})");
  EXPECT_EQ(after.ReadAll().size(), 11u);
}

TEST(Cancel, OfAJoinedStreamLeavesTheOthersAlone) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream stream =
      ResultStream::Register(server.stub(), "counter", R"({"count": 500, "interval_ms": 1})");
  const std::string name = stream.name();
  for (int i = 0; i < 10; ++i) {
    ResultStream joined = ResultStream::Attach(server.stub(), name, 0);
    joined.ReadResults(static_cast<size_t>(i));
    joined.Cancel();
    joined.Finish();
  }
  EXPECT_EQ(stream.ReadAll().size(), 501u);
}

TEST(AClientThatNeverReads, IsCutOffAndMayComeBackWithoutGap) {
  RscadProcess server(Config()
                          .Pool("default", {"floods"})
                          .Set("delivery.stall_timeout", "3s")
                          .Set("delivery.detach_grace", "60s"));
  const auto stub = v1::CustomActions::NewStub(server.NewChannel());
  ResultStream stream = ResultStream::Register(stub.get(), "floods");
  const std::string name = stream.name();
  const size_t before = ResidentBytes(server.pid());
  EXPECT_TRUE(Eventually([&] {
    return GetRegistration(server.stub(), name).response.stream_count() == 0;
  })) << "it is never cut off";
  EXPECT_LT(ResidentBytes(server.pid()), before + kGrowth);

  const std::vector<v1::Result> read = stream.ReadAll();
  const grpc::Status status = stream.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << Describe(status);
  EXPECT_THAT(status.error_message(), testing::ContainsRegex("[0-9]")) << "names the sequence";

  ResultStream again = ResultStream::Attach(server.stub(), name, stream.last_sequence());
  const std::vector<v1::Result> more = again.ReadResults(1000);
  ASSERT_EQ(more.size(), 1000u) << Describe(again.Finish());
  EXPECT_EQ(more[0].sequence(), stream.last_sequence() + 1);
}

TEST(AClientThatNeverReads, HoldsUpNobodyElseForLong) {
  RscadProcess server(
      Config().Pool("default", {"floods", "counter"}).Set("delivery.stall_timeout", "3s"));
  const auto stub = v1::CustomActions::NewStub(server.NewChannel());
  ResultStream reading = ResultStream::Register(server.stub(), "floods");
  ResultStream idle = ResultStream::Attach(stub.get(), reading.name(), 0);
  ASSERT_FALSE(idle.name().empty());
  ResultStream other =
      ResultStream::Register(server.stub(), "counter", R"({"count": 300, "size": 4096})");
  EXPECT_EQ(other.ReadAll().size(), 301u);
  EXPECT_EQ(reading.ReadResults(2000).size(), 2000u);
  EXPECT_EQ(GetRegistration(server.stub(), reading.name()).response.stream_count(), 1);
}

TEST(AClientThatNeverReads, MakesThePluginWaitAndNeverTheServerGrow) {
  RscadProcess server(Config()
                          .Pool("default", {"floods"})
                          .Set("delivery.stall_timeout", "500ms")
                          .Set("delivery.report_wait", "500ms")
                          .Set("delivery.detach_grace", "60s"));
  const size_t before = ResidentBytes(server.pid());
  const std::string record = server.dir().File("record");
  const auto stub = v1::CustomActions::NewStub(server.NewChannel());
  ResultStream stream = ResultStream::Register(stub.get(), "floods", record);
  ASSERT_FALSE(stream.name().empty());
  EXPECT_TRUE(Eventually([&] { return !ReadFile(record).empty(); }));
  EXPECT_THAT(ReadFile(record), HasSubstr(" 0x800705b4")) << "ERROR_TIMEOUT";
  EXPECT_LT(ResidentBytes(server.pid()), before + kGrowth);
}

class ClientProcess {
 public:
  ClientProcess(const RscadProcess& server, const std::string& function,
                const std::string& arguments)
      : process_({RSCA_STREAM_CLIENT, server.address(), function, arguments}) {}

  ChildProcess& process() { return process_; }

  // Its lines so far.
  std::vector<std::string> Lines() const {
    return absl::StrSplit(process_.Output(), '\n', absl::SkipEmpty());
  }
  bool WaitForLines(size_t count) const {
    return Eventually([&] { return Lines().size() >= count; });
  }

 private:
  ChildProcess process_;
};

TEST(AClientThatIsStopped, IsCutOffAndItsRegistrationEnds) {
  RscadProcess server(Config()
                          .Pool("default", {"floods"})
                          .Set("delivery.stall_timeout", "3s")
                          .Set("delivery.detach_grace", "100ms"));
  ClientProcess client(server, "floods", "");
  ASSERT_TRUE(client.WaitForLines(10));
  client.process().Signal(SIGSTOP);
  const size_t before = ResidentBytes(server.pid());
  const std::string name = ListRegistrations(server.stub()).at(0).name();
  EXPECT_EQ(WaitForEnd(server.stub(), name).outcome().kind(), Outcome::KIND_CANCELLED);
  EXPECT_LT(ResidentBytes(server.pid()), before + kGrowth);
  client.process().Signal(SIGCONT);
  EXPECT_EQ(client.process().Wait(), ExitStatus{});
  EXPECT_EQ(client.Lines().back(), absl::StrCat("end ", grpc::StatusCode::RESOURCE_EXHAUSTED));
}

TEST(AClientThatIsStopped, DoesNotKeepTheServerFromEnding) {
  RscadProcess server(Config().Pool("default", {"floods"}).Set("timeouts.drain", "1s"));
  ClientProcess client(server, "floods", "");
  ASSERT_TRUE(client.WaitForLines(10));
  client.process().Signal(SIGSTOP);
  const std::string name = ListRegistrations(server.stub()).at(0).name();
  uint64_t last = 0;
  EXPECT_TRUE(Eventually([&] {  // until nothing moves any more
    const uint64_t before =
        std::exchange(last, GetRegistration(server.stub(), name).response.last_sequence());
    return last > 0 && last == before;
  }));
  server.Terminate();
  EXPECT_EQ(server.Wait(), ExitStatus{});
}

TEST(AClientThatIsStopped, AndGoesOnInTimeMissesNothing) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ClientProcess client(server, "counter", R"({"count": 2000, "interval_ms": 1})");
  ASSERT_TRUE(client.WaitForLines(10));
  client.process().Signal(SIGSTOP);
  const std::string name = ListRegistrations(server.stub()).at(0).name();
  EXPECT_TRUE(Eventually(
      [&] { return GetRegistration(server.stub(), name).response.last_sequence() > 500; }));
  client.process().Signal(SIGCONT);
  EXPECT_EQ(client.process().Wait(), ExitStatus{});
  const std::vector<std::string> lines = client.Lines();
  ASSERT_EQ(lines.size(), 2002u);
  for (size_t i = 0; i < 2000; ++i) EXPECT_EQ(lines[i], absl::StrCat(i + 1, " ", i + 1));
  EXPECT_EQ(lines.back(), "end 0");
}

TEST(AClientThatIsKilled, LosesItsRegistrationAfterTheGraceAndNothingElse) {
  RscadProcess server(
      Config().Pool("default", {"floods", "counter"}).Set("delivery.detach_grace", "100ms"));
  ResultStream other = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 1})");
  const std::string other_name = other.name();
  ClientProcess client(server, "floods", "");
  ASSERT_TRUE(client.WaitForLines(10));
  std::string name;
  for (const Registration& registration : ListRegistrations(server.stub())) {
    if (registration.function() == "floods") name = registration.name();
  }
  client.process().Signal(SIGKILL);
  EXPECT_EQ(WaitForEnd(server.stub(), name).outcome().kind(), Outcome::KIND_CANCELLED);
  ResultStream::Unregister(server.stub(), other_name).ReadFinal();
  EXPECT_TRUE(other.ReadFinal().final());
}

TEST(AClientThatIsKilled, CanBeReplacedByAnotherThatKnowsTheSequence) {
  RscadProcess server(Config().Pool("default", {"counter"}).Set("delivery.detach_grace", "60s"));
  ClientProcess client(server, "counter", R"({"count": 1000, "interval_ms": 1})");
  ASSERT_TRUE(client.WaitForLines(100));
  client.process().Signal(SIGKILL);
  client.process().Wait();
  const std::string name = ListRegistrations(server.stub()).at(0).name();
  ResultStream again = ResultStream::Attach(server.stub(), name, 50);
  EXPECT_EQ(again.ReadAll().size(), 951u);
}

}  // namespace
}  // namespace rsca::support
