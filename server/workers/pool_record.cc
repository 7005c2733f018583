#include "server/workers/pool_record.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/log.h"

namespace rsca::workers {
namespace {

constexpr size_t kKeptEnds = 20;

}  // namespace

bool IsFailure(ExitReason reason) {
  switch (reason) {
    case ExitReason::kStopped:
    case ExitReason::kIdle:
    case ExitReason::kRecycled:
    case ExitReason::kShutdownTimeLimit:
      return false;
    default:
      return true;
  }
}

void PoolRecord::Tell(PoolEvent event) {
  event.pool = pool_;
  effects_->Add([events = events_, event = std::move(event)] { events->Add(event); });
}

void PoolRecord::Add(PoolEvent::Kind kind, const std::string& worker, const std::string& detail) {
  PoolEvent event;
  event.kind = kind;
  event.worker = worker;
  event.detail = detail;
  Tell(std::move(event));
}

void PoolRecord::AddOfPool(PoolEvent::Kind kind, const std::string& detail) {
  Add(kind, "", detail);
}

void PoolRecord::AddOfFunction(PoolEvent::Kind kind, const std::string& function,
                               const std::string& detail) {
  PoolEvent event;
  event.kind = kind;
  event.function = function;
  event.detail = detail;
  Tell(std::move(event));
}

void PoolRecord::AddEnd(const std::string& worker, const WorkerExit& exit) {
  last_ends_.push_front({worker, exit, absl::Now()});
  if (last_ends_.size() > kKeptEnds) last_ends_.pop_back();
  PoolEvent event;
  event.kind = PoolEvent::Kind::kWorkerEnded;
  event.worker = worker;
  event.detail = DescribeExit(exit);
  event.exit = exit;
  Tell(event);
  const bool failed = IsFailure(exit.reason);
  if (failed) ++failures_;
  (failed ? LogError : LogInfo)(failed ? "worker died" : "worker ended",
                                {{"worker", worker},
                                 {"pid", exit.pid},
                                 {"reason", std::string(ExitReasonName(exit.reason))},
                                 {"exit", event.detail}});
}

void PoolRecord::Fill(PoolInfo* info) const {
  info->last_ends.assign(last_ends_.begin(), last_ends_.end());
  info->starts = starts_;
  info->recycles = recycles_;
  info->failures = failures_;
}

}  // namespace rsca::workers
