#include "server/workers/worker_launcher.h"

#include <unistd.h>

#include <utility>

#include "common/log.h"
#include "common/unique_fd.h"
#include "server/workers/confinement.h"
#include "server/workers/worker_process.h"

namespace rsca::workers {

WorkerLauncher::WorkerLauncher() {
  const absl::StatusOr<std::string> own = FindOwnCgroup();
  absl::StatusOr<std::shared_ptr<CgroupHome>> home =
      own.ok() ? CgroupHome::Open(*own) : own.status();
  if (home.ok()) {
    home_ = *std::move(home);
    LogDebug("workers get cgroups", {{"in", *own}});
  } else {
    why_no_home_ = std::string(home.status().message());
    LogDebug("workers get no cgroups", {{"why", why_no_home_}});
  }
}

void WorkerLauncher::LogUnenforced(const PoolOptions& options) const {
  const ResourceLimitOptions& limits = options.resource_limits;
  const struct {
    const char* limit;
    const char* controller;
    bool wanted;
    const char* instead;
  } rows[] = {{"cpu_percent", "cpu", limits.cpu_percent > 0,
               "what all its processes use is sampled, and the worker killed beyond it"},
              {"memory_kib", "memory", limits.memory_kib > 0,
               "what all its processes use is sampled, and the worker killed beyond it"},
              {"processes", "pids", limits.processes > 0,
               "RLIMIT_NPROC, which counts all of the user's and does not bind root"}};
  for (const auto& row : rows) {
    const std::string why = WhyNot(row.controller);
    if (!row.wanted || why.empty()) continue;
    LogWarning(
        "limit not enforced by a cgroup",
        {{"pool", options.name}, {"limit", row.limit}, {"why", why}, {"instead", row.instead}});
  }
}

std::string WorkerLauncher::WhyNot(const std::string& controller) const {
  return home_ == nullptr ? why_no_home_ : home_->WhyNot(controller);
}

bool WorkerLauncher::Limits(const std::string& controller) const {
  return WhyNot(controller).empty();
}

absl::StatusOr<StartedProcess> WorkerLauncher::Start(const PoolOptions& options,
                                                     const std::string& program,
                                                     worker::v1::Bootstrap bootstrap,
                                                     const UniqueFd& control,
                                                     const UniqueFd& results) {
  *bootstrap.mutable_confinement() = MakeConfinement(options, WhyNot("pids").empty());
  bootstrap.set_log_descriptor(kWorkerLogDescriptor);
  bootstrap.set_control_descriptor(kWorkerControlDescriptor);
  bootstrap.set_results_descriptor(kWorkerResultsDescriptor);
  std::unique_ptr<Cgroup> cgroup;
  UniqueFd processes;
  if (home_ != nullptr) {
    absl::StatusOr<std::unique_ptr<Cgroup>> made =
        home_->Make(bootstrap.worker(), options.resource_limits);
    if (!made.ok()) return made.status();
    cgroup = *std::move(made);
    absl::StatusOr<UniqueFd> opened = cgroup->OpenProcesses();
    if (!opened.ok()) return opened.status();
    processes = *std::move(opened);
    bootstrap.mutable_confinement()->set_cgroup_descriptor(kWorkerCgroupDescriptor);
  }
  absl::StatusOr<UniqueFd> output = output_.Open(bootstrap.worker());
  if (!output.ok()) return output.status();
  const absl::StatusOr<SpawnedProcess> process = SpawnWorkerProcess(
      program, bootstrap.SerializeAsString(),
      {output->Get(), STDERR_FILENO, control.Get(), results.Get(), processes.Get()});
  if (!process.ok()) return process.status();
  return StartedProcess{process->pid, process->pidfd,
                        std::make_shared<ProcessTree>(process->pid, std::move(cgroup))};
}

}  // namespace rsca::workers
