#include <gtest/gtest.h>

#include "server/workers/action_listener.h"

namespace rsca::workers {
namespace {

std::string Describe(ExitReason reason, const std::string& detail, int signal) {
  WorkerExit exit;
  exit.reason = reason;
  exit.detail = detail;
  exit.signal = signal;
  return "the worker " + DescribeExit(exit);
}

TEST(DescribeExit, IsASentenceForEachReason) {
  using R = ExitReason;
  EXPECT_EQ(Describe(R::kExited, "", 0), "the worker exited with status 0");
  EXPECT_EQ(Describe(R::kExited, "why", 0), "the worker exited with status 0 (why)");
  EXPECT_EQ(Describe(R::kSignalled, "", 11),
            "the worker was killed by signal 11 (Segmentation fault)");
  EXPECT_EQ(Describe(R::kStopped, "asked by uid:0", 0), "the worker was stopped: asked by uid:0");
  EXPECT_EQ(Describe(R::kStopped, "asked by uid:0", 9),
            "the worker was stopped: asked by uid:0; it was killed by signal 9 (Killed)");
  EXPECT_EQ(Describe(R::kIdle, "for 20m", 0), "the worker was idle for 20m");
  EXPECT_EQ(Describe(R::kIdle, "for 20m, and could not be suspended: busy", 0),
            "the worker was idle for 20m, and could not be suspended: busy");
  EXPECT_EQ(Describe(R::kRecycled, "new version", 0), "the worker was recycled: new version");
  EXPECT_EQ(Describe(R::kStartupTimeLimit, "limit 1s", 9),
            "the worker was not ready in time (limit 1s) and was killed by signal 9 (Killed)");
  EXPECT_EQ(Describe(R::kShutdownTimeLimit, "limit 1s; new version", 9),
            "the worker did not shut down in time (limit 1s; new version) and was killed by signal "
            "9 (Killed)");
  EXPECT_EQ(Describe(R::kPingMissed, "limit 1s", 9),
            "the worker did not answer a ping in time (limit 1s) and was killed by signal 9 "
            "(Killed)");
  EXPECT_EQ(Describe(R::kLimitPassed, "memory_kib 10", 9),
            "the worker passed a limit (memory_kib 10) and was killed by signal 9 (Killed)");
  EXPECT_EQ(Describe(R::kFailed, "broken", 9),
            "the worker was failed by a plug-in (broken) and was killed by signal 9 (Killed)");
  EXPECT_EQ(Describe(R::kLinkLost, "", 0),
            "the worker lost its connection to the server and exited with status 0");
  EXPECT_EQ(Describe(R::kNotStarted, "no such file", 0),
            "the worker could not be started: no such file");
}

}  // namespace
}  // namespace rsca::workers
