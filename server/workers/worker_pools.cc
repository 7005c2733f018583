#include "server/workers/worker_pools.h"

#include <map>
#include <utility>

#include "server/workers/pool_errors.h"

namespace rsca::workers {
namespace {

// A killed process that the kernel cannot end (a thread in uninterruptible I/O) must not hold the
// server up for ever.
constexpr absl::Duration kKillLimit = absl::Seconds(10);

// For watchers that were away for a while.
constexpr size_t kKeptEvents = 10'000;

}  // namespace

WorkerPools::WorkerPools(const std::vector<PoolOptions>& pools, const WorkerOptions& worker_options,
                         Timers* timers, PoolListener* listener)
    : events_(kKeptEvents), starter_(worker_options, &sockets_, &exits_), timers_(timers) {
  for (const PoolOptions& options : pools) {
    starter_.LogUnenforced(options);
    PoolContext context;
    context.starter = &starter_;
    context.timers = timers;
    context.listener = listener;
    context.events = &events_;
    pools_.push_back(std::make_shared<WorkerPool>(options, std::move(context)));
  }
  for (const auto& pool : pools_) pool->Open();
}

WorkerPools::~WorkerPools() {
  Close();
  Kill();
  WaitUntilGone(kKillLimit);
}

void WorkerPools::WaitForFirstWorkers(absl::Duration limit) {
  const absl::Duration deadline = timers_->Now() + limit;
  for (const auto& pool : pools_) pool->WaitForFirstWorker(deadline - timers_->Now());
}

std::vector<Function> WorkerPools::functions() const {
  std::map<std::string, Function> by_name;
  for (const auto& pool : pools_) {
    for (Function& function : pool->functions()) {
      const auto [found, added] = by_name.try_emplace(function.name, function);
      if (!added && !found->second.unavailable_reason.empty() &&
          function.unavailable_reason.empty()) {
        found->second = std::move(function);
      }
    }
  }
  std::vector<Function> functions;
  functions.reserve(by_name.size());
  for (auto& [name, function] : by_name) functions.push_back(std::move(function));
  return functions;
}

std::optional<Function> WorkerPools::FindFunction(const std::string& name) const {
  std::optional<Function> unavailable;
  for (const auto& pool : pools_) {
    auto function = pool->FindFunction(name);
    if (!function.has_value()) continue;
    if (function->unavailable_reason.empty()) return function;
    if (!unavailable.has_value()) unavailable = std::move(function);
  }
  return unavailable;
}

std::vector<std::string> WorkerPools::gaps() const {
  std::vector<std::string> all;
  for (const auto& pool : pools_) {
    for (std::string& gap : pool->gaps()) all.push_back(std::move(gap));
  }
  return all;
}

absl::StatusOr<std::unique_ptr<ActionHandle>> WorkerPools::Start(
    const std::string& pool, const StartRequest& request,
    std::shared_ptr<ActionListener> listener) {
  for (const auto& candidate : pools_) {
    if (candidate->name() == pool) return candidate->Start(request, std::move(listener));
  }
  return absl::InternalError("a function of no pool");
}

absl::StatusOr<std::shared_ptr<WorkerPool>> WorkerPools::Find(const std::string& name) const {
  for (const auto& pool : pools_) {
    if (pool->name() == name) return pool;
  }
  return PoolNotFound(name);
}

std::vector<PoolInfo> WorkerPools::pools() const {
  std::vector<PoolInfo> infos;
  infos.reserve(pools_.size());
  for (const auto& pool : pools_) infos.push_back(pool->Info());
  return infos;
}

absl::StatusOr<PoolInfo> WorkerPools::FindPool(const std::string& name) const {
  const auto pool = Find(name);
  if (!pool.ok()) return pool.status();
  return (*pool)->Info();
}

absl::Status WorkerPools::StartPool(const std::string& name) {
  const auto pool = Find(name);
  if (!pool.ok()) return pool.status();
  (*pool)->StartAgain();
  return absl::OkStatus();
}

absl::Status WorkerPools::StopPool(const std::string& name, const std::string& why) {
  const auto pool = Find(name);
  if (!pool.ok()) return pool.status();
  (*pool)->Stop(why);
  return absl::OkStatus();
}

absl::Status WorkerPools::RecyclePool(const std::string& name, const std::string& why) {
  const auto pool = Find(name);
  if (!pool.ok()) return pool.status();
  return (*pool)->Recycle(why);
}

absl::Status WorkerPools::RecycleWorker(const std::string& worker, const std::string& why) {
  for (const auto& pool : pools_) {
    absl::Status status = pool->RecycleWorker(worker, why);
    if (!absl::IsNotFound(status)) return status;
  }
  return WorkerNotFound(worker);
}

absl::StatusOr<uint32_t> WorkerPools::StartListener(const ListenerRequest& request,
                                                    std::shared_ptr<ListenerObserver> observer) {
  const auto pool = Find(request.pool);
  if (!pool.ok()) return pool.status();
  const uint32_t id = ++last_listener_;
  const absl::Status status = (*pool)->StartListener(id, request, std::move(observer));
  if (!status.ok()) return status;
  return id;
}

absl::Status WorkerPools::StopListener(uint32_t id, bool immediate) {
  for (const auto& pool : pools_) {
    absl::Status status = pool->StopListener(id, immediate);
    if (!absl::IsNotFound(status)) return status;
  }
  return ListenerNotFound(id);
}

std::vector<ListenerInfo> WorkerPools::listeners() const {
  std::vector<ListenerInfo> all;
  for (const auto& pool : pools_) {
    for (ListenerInfo& info : pool->listeners()) all.push_back(std::move(info));
  }
  return all;
}

absl::Status WorkerPools::Preload(const std::string& pool, const std::string& application,
                                  Preloads::Done done) {
  const auto found = Find(pool);
  if (!found.ok()) return found.status();
  return (*found)->Preload(application, std::move(done));
}

std::vector<ApplicationInfo> WorkerPools::applications() const {
  std::vector<ApplicationInfo> all;
  for (const auto& pool : pools_) {
    for (ApplicationInfo& info : pool->applications()) all.push_back(std::move(info));
  }
  return all;
}

void WorkerPools::Close() {
  for (const auto& pool : pools_) pool->Close();
}

bool WorkerPools::WaitUntilGone(absl::Duration limit) {
  const absl::Duration deadline = timers_->Now() + limit;
  bool all = true;
  for (const auto& pool : pools_) all = pool->WaitUntilGone(deadline - timers_->Now()) && all;
  return all;
}

void WorkerPools::ShutdownNow() {
  for (const auto& pool : pools_) pool->ShutdownNow();
}

void WorkerPools::Kill() {
  for (const auto& pool : pools_) pool->Kill();
}

}  // namespace rsca::workers
