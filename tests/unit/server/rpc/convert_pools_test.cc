#include "server/rpc/convert_pools.h"

#include <gtest/gtest.h>

#include <set>

#include "common/status.h"

namespace rsca::rpc {
namespace {

actions::WorkerExit Killed() {
  actions::WorkerExit exit;
  exit.pid = 7;
  exit.signal = 9;
  exit.reason = actions::ExitReason::kPingMissed;
  exit.detail = "within 90s";
  return exit;
}

TEST(ConvertExit, KeepsTheReasonBesideTheSignal) {
  const v1::WorkerExit exit = ToProto(Killed());
  EXPECT_EQ(exit.pid(), 7);
  EXPECT_EQ(exit.signal(), 9);
  EXPECT_EQ(exit.reason(), v1::WorkerExit::REASON_PING_MISSED);
  EXPECT_EQ(exit.detail(), "within 90s");
}

TEST(ConvertExit, HasANameForEveryReason) {
  const auto last = static_cast<int>(actions::ExitReason::kServerEnded);
  std::set<std::string> names;
  for (int i = 0; i <= last; ++i) {
    actions::WorkerExit exit;
    exit.reason = static_cast<actions::ExitReason>(i);
    const std::string name = v1::WorkerExit::Reason_Name(ToProto(exit).reason());
    // The contract says what the log says.
    EXPECT_EQ(name, "REASON_" + std::string(workers::ExitReasonName(exit.reason)));
    names.insert(name);
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(last) + 1);
}

TEST(ConvertPool, HasANameForEveryState) {
  for (int i = 0; i <= static_cast<int>(actions::PoolState::kStopped); ++i) {
    actions::PoolInfo info;
    info.state = static_cast<actions::PoolState>(i);
    EXPECT_EQ(v1::WorkerPool::State_Name(ToProto(info).state()),
              "STATE_" + std::string(workers::PoolStateName(info.state)));
  }
  for (int i = 0; i <= static_cast<int>(actions::WorkerState::kStopping); ++i) {
    actions::WorkerInfo info;
    info.state = static_cast<actions::WorkerState>(i);
    EXPECT_EQ(v1::Worker::State_Name(ToProto(info, "p").state()),
              "STATE_" + std::string(workers::WorkerStateName(info.state)));
  }
}

TEST(ConvertPool, KeepsEveryField) {
  actions::PoolInfo info;
  info.name = "jobs";
  info.state = actions::PoolState::kStopped;
  info.stop_reason = "rapid-fail protection";
  info.max_processes = 3;
  info.protocol_managers = {"file", "host"};
  info.load_failures = {"host: no such file"};
  info.workers.resize(2);
  info.workers[0].name = "jobs-4";
  info.last_ends.push_back({"jobs-3", Killed(), absl::FromUnixSeconds(100)});
  info.quarantined.push_back({"file.tail", 5, absl::FromUnixSeconds(200)});
  info.recent_failures = 1;
  info.starts = 2;
  info.recycles = 3;
  info.failures = 4;
  const v1::WorkerPool pool = ToProto(info);
  EXPECT_EQ(pool.name(), "pools/jobs");
  EXPECT_EQ(pool.pool(), "jobs");
  EXPECT_EQ(pool.stop_reason(), "rapid-fail protection");
  EXPECT_EQ(pool.max_processes(), 3U);
  EXPECT_EQ(pool.protocol_managers_size(), 2);
  EXPECT_EQ(pool.load_failures(0), "host: no such file");
  ASSERT_EQ(pool.workers_size(), 2);
  EXPECT_EQ(pool.workers(0).name(), "pools/jobs/workers/jobs-4");
  EXPECT_EQ(pool.last_ends(0).worker(), "jobs-3");
  EXPECT_EQ(pool.last_ends(0).end_time().seconds(), 100);
  EXPECT_EQ(pool.last_ends(0).description(), workers::DescribeExit(Killed()));
  EXPECT_EQ(pool.quarantined_functions(0).function(), "file.tail");
  EXPECT_EQ(pool.quarantined_functions(0).death_count(), 5);
  EXPECT_EQ(pool.quarantined_functions(0).release_time().seconds(), 200);
  EXPECT_EQ(pool.recent_failure_count(), 1);
  EXPECT_EQ(pool.start_count(), 2);
  EXPECT_EQ(pool.recycle_count(), 3);
  EXPECT_EQ(pool.failure_count(), 4);
}

TEST(ConvertWorker, KeepsEveryCounter) {
  actions::WorkerInfo info;
  info.name = "jobs-4";
  info.pid = 1;
  info.start_time = absl::FromUnixSeconds(2);
  info.registrations = 3;
  info.runs = 4;
  info.results = 5;
  info.conversations = 6;
  info.cpu_time = absl::Milliseconds(7500);
  info.resident_bytes = 8;
  info.private_bytes = 9;
  info.virtual_bytes = 10;
  info.descriptors = 11;
  info.threads = 12;
  v1::Worker worker = ToProto(info, "jobs");
  EXPECT_EQ(worker.worker(), "jobs-4");
  EXPECT_EQ(worker.pid(), 1);
  EXPECT_EQ(worker.start_time().seconds(), 2);
  EXPECT_EQ(worker.registration_count(), 3);
  EXPECT_EQ(worker.run_count(), 4);
  EXPECT_EQ(worker.result_count(), 5);
  EXPECT_EQ(worker.conversation_count(), 6);
  EXPECT_EQ(worker.cpu_duration().seconds(), 7);
  EXPECT_EQ(worker.resident_bytes(), 8);
  EXPECT_EQ(worker.private_bytes(), 9);
  EXPECT_EQ(worker.virtual_bytes(), 10);
  EXPECT_EQ(worker.descriptor_count(), 11);
  EXPECT_EQ(worker.thread_count(), 12);
  EXPECT_FALSE(worker.has_ping_duration());
  info.last_ping = absl::Milliseconds(3);
  EXPECT_EQ(ToProto(info, "jobs").ping_duration().nanos(), 3'000'000);
}

TEST(ConvertEvent, HasANameForEveryKindAndAnExitForTheEndOnly) {
  for (int i = 0; i <= static_cast<int>(actions::PoolEvent::Kind::kFunctionReleased); ++i) {
    actions::PoolEvent event;
    event.kind = static_cast<actions::PoolEvent::Kind>(i);
    const v1::WorkerProcessEvent proto = ToProto(event);
    EXPECT_EQ(v1::WorkerProcessEvent::Kind_Name(proto.kind()),
              "KIND_" + std::string(workers::PoolEventKindName(event.kind)));
    EXPECT_EQ(proto.has_exit(), event.kind == actions::PoolEvent::Kind::kWorkerEnded);
  }
}

TEST(ConvertEvent, DescribesAnExitThatSaysNothing) {
  actions::PoolEvent event;
  event.kind = actions::PoolEvent::Kind::kWorkerEnded;
  event.exit = Killed();
  EXPECT_EQ(ToProto(event).detail(), workers::DescribeExit(Killed()));
}

TEST(PoolName, IsTakenApart) {
  EXPECT_EQ(*ParsePoolName("name", "pools/default"), "default");
  for (const char* wrong : {"", "default", "pools/", "pools/a/b", "pool/a"}) {
    const auto pool = ParsePoolName("parent", wrong);
    EXPECT_EQ(ErrorReason(pool.status()), "INVALID_REQUEST") << wrong;
    EXPECT_NE(pool.status().message().find("parent"), std::string::npos);
  }
}

TEST(Reason, NamesTheCaller) {
  EXPECT_EQ(*ReasonOf("", "local"), "asked by local");
  EXPECT_EQ(*ReasonOf("leak", "cert:ops"), "leak, asked by cert:ops");
  EXPECT_TRUE(ReasonOf(std::string(256, 'x'), "local").ok());
  EXPECT_EQ(ErrorReason(ReasonOf(std::string(257, 'x'), "local").status()), "INVALID_REQUEST");
}

}  // namespace
}  // namespace rsca::rpc
