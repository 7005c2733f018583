#include "server/workers/worker_pool.h"

#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status.h"
#include "common/worker_protocol.h"
#include "server/workers/worker_process.h"

namespace rsca::workers {
namespace {

constexpr int kSecretBytes = 32;
// A worker whose link is gone ends by itself, within less than this.
constexpr absl::Duration kLostLinkGrace = absl::Seconds(5);
// Doubling stops being interesting long before the shift overflows.
constexpr int kMaxDoublings = 20;

std::string MakeSecret() {
  std::string secret(kSecretBytes, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), kSecretBytes);
  return secret;
}

worker::v1::FunctionInfo::Answers ToProto(Answers answers) {
  switch (answers) {
    case Answers::kOnce:
      return worker::v1::FunctionInfo::ANSWERS_ONCE;
    case Answers::kMany:
      return worker::v1::FunctionInfo::ANSWERS_MANY;
    case Answers::kUnknown:
      return worker::v1::FunctionInfo::ANSWERS_UNSPECIFIED;
  }
  return worker::v1::FunctionInfo::ANSWERS_UNSPECIFIED;
}

Answers FromProto(worker::v1::FunctionInfo::Answers answers) {
  switch (answers) {
    case worker::v1::FunctionInfo::ANSWERS_ONCE:
      return Answers::kOnce;
    case worker::v1::FunctionInfo::ANSWERS_MANY:
      return Answers::kMany;
    default:
      return Answers::kUnknown;
  }
}

Function FromProto(const worker::v1::FunctionInfo& info, const std::string& pool) {
  Function function;
  function.name = info.name();
  function.summary = info.summary();
  function.arguments_schema = info.arguments_schema();
  function.response_content_type = info.response_content_type();
  function.answers = FromProto(info.answers());
  function.read_only = info.read_only();
  function.idempotent = info.idempotent();
  function.restartable = info.restartable();
  function.at_most_once = info.at_most_once();
  function.protocol_manager = info.protocol_manager();
  function.pool = pool;
  return function;
}

}  // namespace

WorkerPool::WorkerPool(PoolOptions options, WorkerOptions worker_options, WorkerLink* link,
                       ExitWatcher* exits, Timers* timers, PoolListener* listener)
    : options_(std::move(options)),
      worker_options_(std::move(worker_options)),
      link_(link),
      exits_(exits),
      timers_(timers),
      listener_(listener) {}

void WorkerPool::Open() {
  listener_->OnPoolHealth(options_.name, false);
  Launch();
}

bool WorkerPool::WaitForFirstWorker(absl::Duration limit) {
  const absl::Duration deadline = timers_->Now() + limit;
  MutexLock lock(&mutex_);
  while (!tried_ && timers_->Now() < deadline) changed_.WaitFor(&mutex_, deadline - timers_->Now());
  return tried_;
}

std::vector<Function> WorkerPool::functions() const {
  MutexLock lock(&mutex_);
  std::vector<Function> functions = functions_;
  for (Function& function : functions) function.worker_ready = ready_;
  return functions;
}

std::optional<Function> WorkerPool::FindFunction(const std::string& name) const {
  MutexLock lock(&mutex_);
  for (const Function& function : functions_) {
    if (function.name != name) continue;
    Function found = function;
    found.worker_ready = ready_;
    return found;
  }
  return std::nullopt;
}

absl::StatusOr<std::unique_ptr<ActionHandle>> WorkerPool::Start(
    const StartRequest& request, std::shared_ptr<ActionListener> listener) {
  std::shared_ptr<Worker> worker;
  absl::Duration retry;
  {
    MutexLock lock(&mutex_);
    if (ready_) worker = worker_;
    retry = std::max(backoff_, options_.restart_backoff_min);
  }
  if (worker != nullptr) {
    auto handle = worker->Start(request, std::move(listener));
    if (handle.ok()) return handle;
  }
  absl::Status status =
      MakeError(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE",
                absl::StrCat("the worker of pool ", options_.name, " is starting; try again soon"),
                {{"pool", options_.name}});
  AddRetryInfo(&status, retry);
  return status;
}

void WorkerPool::Launch() {
  std::shared_ptr<Worker> worker;
  {
    MutexLock lock(&mutex_);
    if (closed_) return;
    worker = std::make_shared<Worker>(absl::StrCat(options_.name, "-", ++launches_), MakeSecret(),
                                      weak_from_this());
    worker_ = worker;
    ready_ = false;
    startup_timer_ =
        timers_->After(options_.startup_time_limit,
                       [weak_pool = weak_from_this(), weak = std::weak_ptr<Worker>(worker)] {
                         if (const auto pool = weak_pool.lock()) pool->OnStartupTimeLimit(weak);
                       });
  }
  link_->Admit(worker);
  const absl::Status status = StartProcess(worker);
  if (!status.ok()) {
    LogError("worker did not start",
             {{"worker", worker->name()}, {"error", std::string(status.message())}});
    {
      MutexLock lock(&mutex_);
      timers_->Cancel(startup_timer_);
      worker_.reset();
      tried_ = true;
      changed_.NotifyAll();
    }
    ScheduleLaunch();
  }
}

absl::Status WorkerPool::StartProcess(const std::shared_ptr<Worker>& worker) {
  const absl::StatusOr<StartedProcess> process =
      StartWorkerProcess(worker_options_.program, MakeBootstrap(*worker).SerializeAsString());
  if (!process.ok()) return process.status();
  worker->SetProcess(process->pid, dup(process->pidfd));
  LogInfo("worker started", {{"worker", worker->name()}, {"pid", process->pid}});
  absl::Status watched = exits_->Watch(
      process->pid, process->pidfd, [worker](const WorkerExit& exit) { worker->OnExited(exit); });
  if (!watched.ok()) worker->Signal(SIGKILL);
  return watched;
}

worker::v1::Bootstrap WorkerPool::MakeBootstrap(const Worker& worker) const {
  worker::v1::Bootstrap bootstrap;
  bootstrap.set_protocol_version(kWorkerProtocolVersion);
  bootstrap.set_target(link_->target());
  bootstrap.set_worker(worker.name());
  bootstrap.set_secret(worker.secret());
  bootstrap.set_pool(options_.name);
  for (const ProtocolManagerOptions& options : options_.protocol_managers) {
    worker::v1::ProtocolManager* manager = bootstrap.add_protocol_managers();
    manager->set_name(options.name);
    manager->set_library(options.library);
    manager->set_entry_point(options.entry_point);
    for (const Function& function : options.functions) {
      worker::v1::FunctionInfo* info = manager->add_functions();
      info->set_name(function.name);
      info->set_summary(function.summary);
      info->set_response_content_type(function.response_content_type);
      info->set_answers(ToProto(function.answers));
      info->set_protocol_manager(options.name);
    }
  }
  bootstrap.set_max_response_bytes(worker_options_.max_response_bytes);
  bootstrap.set_max_results_per_second(worker_options_.max_results_per_second);
  bootstrap.set_report_wait_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(worker_options_.report_wait)));
  bootstrap.set_max_plugin_calls(options_.max_plugin_calls);
  bootstrap.set_log_level(worker_options_.log_level);
  return bootstrap;
}

void WorkerPool::OnStartupTimeLimit(const std::weak_ptr<Worker>& weak) {
  const std::shared_ptr<Worker> worker = weak.lock();
  if (worker == nullptr) return;
  LogError("worker was not ready in time and is killed",
           {{"worker", worker->name()},
            {"startup_time_limit", absl::FormatDuration(options_.startup_time_limit)}});
  worker->Signal(SIGKILL);
}

void WorkerPool::OnWorkerLinkLost(Worker* worker) {
  timers_->After(kLostLinkGrace, [weak = worker->weak_from_this()] {
    if (const auto lost = weak.lock()) lost->Signal(SIGKILL);
  });
}

void WorkerPool::OnWorkerReady(Worker* worker, const worker::v1::Ready& ready) {
  std::vector<Function> functions;
  for (const worker::v1::FunctionInfo& info : ready.functions()) {
    functions.push_back(FromProto(info, options_.name));
  }
  for (const worker::v1::LoadFailure& failure : ready.failures()) {
    LogError("protocol manager not loaded", {{"worker", worker->name()},
                                             {"protocol_manager", failure.protocol_manager()},
                                             {"error", failure.message()}});
    for (const ProtocolManagerOptions& options : options_.protocol_managers) {
      if (options.name != failure.protocol_manager()) continue;
      for (Function function : options.functions) {
        function.pool = options_.name;
        function.protocol_manager = options.name;
        function.unavailable_reason = failure.message();
        functions.push_back(std::move(function));
      }
    }
  }
  {
    MutexLock lock(&mutex_);
    timers_->Cancel(startup_timer_);
    functions_ = std::move(functions);
    ready_ = !closed_;
    ready_since_ = timers_->Now();
    tried_ = true;
    changed_.NotifyAll();
  }
  LogInfo("worker ready", {{"worker", worker->name()},
                           {"pid", worker->pid()},
                           {"functions", ready.functions_size()},
                           {"protocol_managers_failed", ready.failures_size()}});
  listener_->OnPoolHealth(options_.name, ready.failures().empty());
}

void WorkerPool::OnWorkerGone(Worker* worker, const WorkerExit& exit) {
  bool closed = false;
  {
    MutexLock lock(&mutex_);
    closed = closed_;
    timers_->Cancel(startup_timer_);
    // One that worked for longer than the longest wait did not die of what killed those before it.
    if (ready_ && timers_->Now() - ready_since_ > options_.restart_backoff_max) deaths_in_row_ = 0;
    ready_ = false;
    tried_ = true;
    worker_.reset();
    changed_.NotifyAll();
  }
  const std::string how = DescribeExit(exit);
  if (closed) {
    LogInfo("worker ended", {{"worker", worker->name()}, {"pid", exit.pid}, {"exit", how}});
    return;
  }
  LogError("worker died", {{"worker", worker->name()}, {"pid", exit.pid}, {"exit", how}});
  listener_->OnPoolHealth(options_.name, false);
  ScheduleLaunch();
}

void WorkerPool::ScheduleLaunch() {
  absl::Duration backoff;
  {
    MutexLock lock(&mutex_);
    backoff_ =
        std::min(options_.restart_backoff_min * (1 << std::min(deaths_in_row_, kMaxDoublings)),
                 options_.restart_backoff_max);
    ++deaths_in_row_;
    backoff = backoff_;
  }
  timers_->After(backoff, [weak = weak_from_this()] {
    if (const auto pool = weak.lock()) pool->Launch();
  });
}

std::shared_ptr<Worker> WorkerPool::current() const {
  MutexLock lock(&mutex_);
  return worker_;
}

void WorkerPool::Close() {
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    ready_ = false;
  }
  listener_->OnPoolHealth(options_.name, false);
  if (const auto worker = current()) worker->Shutdown(false);
}

bool WorkerPool::WaitUntilGone(absl::Duration limit) {
  const absl::Duration deadline = timers_->Now() + limit;
  MutexLock lock(&mutex_);
  while (worker_ != nullptr && timers_->Now() < deadline) {
    changed_.WaitFor(&mutex_, deadline - timers_->Now());
  }
  return worker_ == nullptr;
}

void WorkerPool::ShutdownNow() {
  if (const auto worker = current()) {
    worker->Shutdown(true);
    worker->Signal(SIGTERM);
  }
}

void WorkerPool::Kill() {
  if (const auto worker = current()) worker->Signal(SIGKILL);
}

}  // namespace rsca::workers
