#include "server/workers/preloads.h"

#include <utility>

#include "absl/time/clock.h"
#include "server/workers/pool_errors.h"

namespace rsca::workers {
namespace {

// Answers of the protocol managers that callers wait for, or have waited for.
constexpr size_t kMaxPending = 1000;

void SetState(PreloadState state, const Worker* worker, ApplicationInfo* info) {
  info->state = state;
  info->worker = worker->name();
  info->time = absl::Now();
}

}  // namespace

Preloads::Preloads(const PoolOptions& options) : pool_(options.name) {
  for (const ApplicationOptions& application : options.applications) {
    ApplicationInfo info;
    info.pool = options.name;
    info.application = application;
    info.time = absl::InfinitePast();
    applications_.push_back(std::move(info));
  }
}

absl::Status Preloads::Start(const std::string& application, const std::shared_ptr<Worker>& worker,
                             Done done) {
  MutexLock lock(&mutex_);
  ApplicationInfo* const info = Find(application);
  if (info == nullptr) return ApplicationNotFound(pool_, application);
  if (pending_.size() >= kMaxPending) return TooManyPreloads(pool_, kMaxPending);
  SetState(PreloadState::kLoading, worker.get(), info);
  worker::v1::ControlResponse message;
  message.mutable_preload_application()->set_number(++last_number_);
  message.mutable_preload_application()->set_application(application);
  pending_.emplace(last_number_, Pending{worker.get(), application, std::move(done)});
  worker->Send(std::move(message));
  return absl::OkStatus();
}

std::vector<ApplicationInfo> Preloads::list() const {
  MutexLock lock(&mutex_);
  return applications_;
}

ApplicationInfo* Preloads::Find(const std::string& application) {
  for (ApplicationInfo& info : applications_) {
    if (info.application.id == application) return &info;
  }
  return nullptr;
}

void Preloads::OnWorkerReady(const Worker* worker) {
  MutexLock lock(&mutex_);
  for (ApplicationInfo& info : applications_) {
    // Its answer may have overtaken the word that it is ready.
    if (info.application.preload && info.worker != worker->name()) {
      SetState(PreloadState::kLoading, worker, &info);
    }
  }
}

void Preloads::OnPreloaded(const Worker* worker, const worker::v1::Preloaded& preloaded) {
  ApplicationInfo told;
  Done done;
  {
    MutexLock lock(&mutex_);
    ApplicationInfo* const info = Find(preloaded.application());
    if (info == nullptr) return;
    info->failures.clear();
    for (const worker::v1::WorkerFailure& failure : preloaded.failures()) {
      info->failures.push_back({failure.protocol_manager(), failure.reason(), failure.hresult()});
    }
    SetState(info->failures.empty() ? PreloadState::kLoaded : PreloadState::kFailed, worker, info);
    told = *info;
    const auto pending = pending_.find(preloaded.number());
    if (pending != pending_.end() && pending->second.worker == worker) {
      done = std::move(pending->second.done);
      pending_.erase(pending);
    }
  }
  if (done) done(told);
}

void Preloads::OnWorkerGone(const Worker* worker) {
  std::vector<Done> lost;
  {
    MutexLock lock(&mutex_);
    for (auto pending = pending_.begin(); pending != pending_.end();) {
      if (pending->second.worker == worker) {
        lost.push_back(std::move(pending->second.done));
        pending = pending_.erase(pending);
      } else {
        ++pending;
      }
    }
    for (ApplicationInfo& info : applications_) {
      if (info.worker == worker->name()) SetState(PreloadState::kNone, worker, &info);
    }
  }
  for (const Done& done : lost) {
    done(WorkerUnavailable(pool_, "its worker ended before the application was preloaded",
                           absl::ZeroDuration()));
  }
}

}  // namespace rsca::workers
