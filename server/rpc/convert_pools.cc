#include "server/rpc/convert_pools.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/actions/errors.h"

namespace rsca::rpc {
namespace {

constexpr size_t kMaxReasonBytes = 256;

v1::WorkerExit::Reason ToProto(actions::ExitReason reason) {
  switch (reason) {
    case actions::ExitReason::kExited:
      return v1::WorkerExit::REASON_EXITED;
    case actions::ExitReason::kSignalled:
      return v1::WorkerExit::REASON_SIGNALLED;
    case actions::ExitReason::kStopped:
      return v1::WorkerExit::REASON_STOPPED;
    case actions::ExitReason::kIdle:
      return v1::WorkerExit::REASON_IDLE;
    case actions::ExitReason::kRecycled:
      return v1::WorkerExit::REASON_RECYCLED;
    case actions::ExitReason::kStartupTimeLimit:
      return v1::WorkerExit::REASON_STARTUP_TIME_LIMIT;
    case actions::ExitReason::kShutdownTimeLimit:
      return v1::WorkerExit::REASON_SHUTDOWN_TIME_LIMIT;
    case actions::ExitReason::kPingMissed:
      return v1::WorkerExit::REASON_PING_MISSED;
    case actions::ExitReason::kLimitPassed:
      return v1::WorkerExit::REASON_LIMIT_PASSED;
    case actions::ExitReason::kFailed:
      return v1::WorkerExit::REASON_FAILED;
    case actions::ExitReason::kLinkLost:
      return v1::WorkerExit::REASON_LINK_LOST;
    case actions::ExitReason::kNotStarted:
      return v1::WorkerExit::REASON_NOT_STARTED;
    case actions::ExitReason::kServerEnded:
      return v1::WorkerExit::REASON_SERVER_ENDED;
  }
  return v1::WorkerExit::REASON_UNSPECIFIED;
}

v1::WorkerPool::State ToProto(actions::PoolState state) {
  switch (state) {
    case actions::PoolState::kStarting:
      return v1::WorkerPool::STATE_STARTING;
    case actions::PoolState::kRunning:
      return v1::WorkerPool::STATE_RUNNING;
    case actions::PoolState::kHeldBack:
      return v1::WorkerPool::STATE_HELD_BACK;
    case actions::PoolState::kStopping:
      return v1::WorkerPool::STATE_STOPPING;
    case actions::PoolState::kStopped:
      return v1::WorkerPool::STATE_STOPPED;
  }
  return v1::WorkerPool::STATE_UNSPECIFIED;
}

v1::Worker::State ToProto(actions::WorkerState state) {
  switch (state) {
    case actions::WorkerState::kStarting:
      return v1::Worker::STATE_STARTING;
    case actions::WorkerState::kReady:
      return v1::Worker::STATE_READY;
    case actions::WorkerState::kSuspended:
      return v1::Worker::STATE_SUSPENDED;
    case actions::WorkerState::kReplacing:
      return v1::Worker::STATE_REPLACING;
    case actions::WorkerState::kStopping:
      return v1::Worker::STATE_STOPPING;
  }
  return v1::Worker::STATE_UNSPECIFIED;
}

v1::WorkerProcessEvent::Kind ToProto(actions::PoolEvent::Kind kind) {
  switch (kind) {
    case actions::PoolEvent::Kind::kWorkerStarted:
      return v1::WorkerProcessEvent::KIND_WORKER_STARTED;
    case actions::PoolEvent::Kind::kWorkerReady:
      return v1::WorkerProcessEvent::KIND_WORKER_READY;
    case actions::PoolEvent::Kind::kWorkerSuspended:
      return v1::WorkerProcessEvent::KIND_WORKER_SUSPENDED;
    case actions::PoolEvent::Kind::kWorkerResumed:
      return v1::WorkerProcessEvent::KIND_WORKER_RESUMED;
    case actions::PoolEvent::Kind::kWorkerReplacing:
      return v1::WorkerProcessEvent::KIND_WORKER_REPLACING;
    case actions::PoolEvent::Kind::kWorkerEnded:
      return v1::WorkerProcessEvent::KIND_WORKER_ENDED;
    case actions::PoolEvent::Kind::kPoolRunning:
      return v1::WorkerProcessEvent::KIND_POOL_RUNNING;
    case actions::PoolEvent::Kind::kPoolStopped:
      return v1::WorkerProcessEvent::KIND_POOL_STOPPED;
    case actions::PoolEvent::Kind::kFunctionQuarantined:
      return v1::WorkerProcessEvent::KIND_FUNCTION_QUARANTINED;
    case actions::PoolEvent::Kind::kFunctionReleased:
      return v1::WorkerProcessEvent::KIND_FUNCTION_RELEASED;
  }
  return v1::WorkerProcessEvent::KIND_UNSPECIFIED;
}

}  // namespace

v1::WorkerExit ToProto(const actions::WorkerExit& exit) {
  v1::WorkerExit proto;
  proto.set_exit_status(exit.exit_status);
  proto.set_signal(exit.signal);
  proto.set_pid(exit.pid);
  proto.set_reason(ToProto(exit.reason));
  proto.set_detail(exit.detail);
  return proto;
}

v1::WorkerPool ToProto(const actions::PoolInfo& info) {
  v1::WorkerPool proto;
  proto.set_name(absl::StrCat("pools/", info.name));
  proto.set_pool(info.name);
  proto.set_state(ToProto(info.state));
  proto.set_stop_reason(info.stop_reason);
  proto.set_max_processes(info.max_processes);
  for (const std::string& manager : info.protocol_managers) proto.add_protocol_managers(manager);
  for (const std::string& failure : info.load_failures) proto.add_load_failures(failure);
  for (const auto& worker : info.workers) *proto.add_workers() = ToProto(worker, info.name);
  for (const actions::WorkerEnd& ended : info.last_ends) {
    v1::WorkerEnd* end = proto.add_last_ends();
    end->set_worker(ended.worker);
    *end->mutable_exit() = ToProto(ended.exit);
    end->set_description(actions::DescribeExit(ended.exit));
    *end->mutable_end_time() = ToProto(ended.end_time);
  }
  for (const auto& quarantined : info.quarantined) {
    v1::QuarantinedFunction* function = proto.add_quarantined_functions();
    function->set_function(quarantined.function);
    function->set_death_count(quarantined.deaths);
    *function->mutable_release_time() = ToProto(quarantined.until);
  }
  proto.set_recent_failure_count(info.recent_failures);
  proto.set_start_count(info.starts);
  proto.set_recycle_count(info.recycles);
  proto.set_failure_count(info.failures);
  if (info.held_back_until > absl::InfinitePast()) {
    *proto.mutable_held_back_until() = ToProto(info.held_back_until);
  }
  return proto;
}

v1::Worker ToProto(const actions::WorkerInfo& info, const std::string& pool) {
  v1::Worker proto;
  proto.set_name(absl::StrCat("pools/", pool, "/workers/", info.name));
  proto.set_worker(info.name);
  proto.set_pid(info.pid);
  proto.set_state(ToProto(info.state));
  *proto.mutable_start_time() = ToProto(info.start_time);
  proto.set_registration_count(info.registrations);
  proto.set_run_count(info.runs);
  proto.set_result_count(info.results);
  proto.set_conversation_count(info.conversations);
  *proto.mutable_cpu_duration() = ToProto(info.cpu_time);
  proto.set_resident_bytes(static_cast<int64_t>(info.resident_bytes));
  proto.set_private_bytes(static_cast<int64_t>(info.private_bytes));
  proto.set_virtual_bytes(static_cast<int64_t>(info.virtual_bytes));
  proto.set_descriptor_count(info.descriptors);
  proto.set_thread_count(info.threads);
  if (info.last_ping > absl::ZeroDuration()) {
    *proto.mutable_ping_duration() = ToProto(info.last_ping);
  }
  return proto;
}

v1::WorkerProcessEvent ToProto(const actions::PoolEvent& event) {
  v1::WorkerProcessEvent proto;
  proto.set_sequence(event.sequence);
  *proto.mutable_event_time() = ToProto(event.time);
  proto.set_kind(ToProto(event.kind));
  proto.set_pool(event.pool);
  proto.set_worker(event.worker);
  proto.set_function(event.function);
  proto.set_detail(event.detail);
  if (event.kind == actions::PoolEvent::Kind::kWorkerEnded) {
    *proto.mutable_exit() = ToProto(event.exit);
    if (event.detail.empty()) proto.set_detail(actions::DescribeExit(event.exit));
  }
  return proto;
}

absl::StatusOr<std::string> ParsePoolName(absl::string_view field, absl::string_view name) {
  absl::string_view pool = name;
  if (!absl::ConsumePrefix(&pool, "pools/") || pool.empty() || pool.find('/') != pool.npos) {
    return actions::InvalidField(field, "is not of the form pools/{pool}");
  }
  return std::string(pool);
}

absl::StatusOr<v1::Worker> FindWorker(const actions::WorkerPools& pools, absl::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  if (parts.size() != 4 || parts[0] != "pools" || parts[1].empty() || parts[2] != "workers" ||
      parts[3].empty()) {
    return actions::InvalidField("name", "is not of the form pools/{pool}/workers/{worker}");
  }
  if (parts[1] != "-") {
    if (const auto pool = pools.FindPool(parts[1]); !pool.ok()) return pool.status();
  }
  for (const actions::PoolInfo& pool : pools.pools()) {
    if (parts[1] != "-" && parts[1] != pool.name) continue;
    for (const actions::WorkerInfo& worker : pool.workers) {
      if (worker.name == parts[3]) return ToProto(worker, pool.name);
    }
  }
  return actions::WorkerNotFound(parts[3]);
}

absl::StatusOr<std::string> ReasonOf(const std::string& reason, const std::string& principal) {
  if (reason.size() > kMaxReasonBytes) {
    return actions::InvalidField(
        "reason", absl::StrCat("has ", reason.size(), " bytes; at most ", kMaxReasonBytes));
  }
  return absl::StrCat(reason, reason.empty() ? "" : ", ", "asked by ", principal);
}

}  // namespace rsca::rpc
