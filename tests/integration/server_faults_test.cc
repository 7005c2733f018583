// The server is killed in mid-stream: clients learn it, workers end by themselves. (That none is
// left is checked by RscadProcess in every test.)
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/health.h"
#include "tests/support/proc.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

void ExpectAllGone(const std::vector<pid_t>& workers) {
  EXPECT_TRUE(Eventually([&] {
    return std::none_of(workers.begin(), workers.end(), [](pid_t pid) { return IsRunning(pid); });
  })) << "a worker outlives its server";
}

TEST(AServerThatIsKilled, EndsStreamsAndWorkersAndCanBeStartedAgain) {
  RscadProcess server(Config().Pool("a", {"counter"}).Pool("b", {"floods"}));
  ResultStream counting = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 1})");
  ResultStream flood = ResultStream::Register(server.stub(), "floods");
  counting.ReadResults(10);
  flood.ReadResults(1000);
  const std::vector<pid_t> workers = server.WorkerPids();
  EXPECT_EQ(workers.size(), 2u);
  const std::string name = counting.name();

  server.Kill();
  EXPECT_EQ(counting.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(flood.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  ExpectAllGone(workers);

  server.Restart();  // over the socket that the killed one left
  EXPECT_THAT(ResultStream::Attach(server.stub(), name).Finish(),
              IsError(absl::StatusCode::kNotFound, "REGISTRATION_NOT_FOUND"));
  ResultStream again = ResultStream::Register(server.stub(), "counter", R"({"count": 10})");
  EXPECT_EQ(again.ReadAll().size(), 11u);
}

TEST(AServerThatIsKilled, TakesWorkersThatHangWithIt) {
  RscadProcess server(Config()
                          .Pool("a", {"hangs_in_register"})
                          .Pool("b", {"hangs_in_unregister"})
                          .Pool("c", {"hangs_in_shutdown"}));
  ResultStream registering = ResultStream::Register(server.stub(), "hangs_in_register");
  ResultStream registered = ResultStream::Register(server.stub(), "hangs_in_unregister");
  registered.ReadResults(1);
  ResultStream unregister = ResultStream::Unregister(server.stub(), registered.name());
  ASSERT_FALSE(unregister.name().empty());
  const std::vector<pid_t> workers = server.WorkerPids();
  EXPECT_EQ(workers.size(), 3u);
  server.Kill();
  EXPECT_EQ(registering.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  ExpectAllGone(workers);
}

TEST(AServerThatIsStopped, GoesOnWithoutLossWhenItIsContinued) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream stream =
      ResultStream::Register(server.stub(), "counter", R"({"count": 300, "interval_ms": 1})");
  stream.ReadResults(10);
  server.Signal(SIGSTOP);
  ASSERT_TRUE(Eventually([&] { return ProcessState(server.pid()) == 'T'; }));
  server.Signal(SIGCONT);
  EXPECT_EQ(stream.ReadAll().size(), 291u);
  EXPECT_THAT(stream.Finish(), IsOk());
}

}  // namespace
}  // namespace rsca::support
