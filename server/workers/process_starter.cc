#include "server/workers/process_starter.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "common/unique_fd.h"
#include "server/workers/bootstrap.h"

namespace rsca::workers {
namespace {

class RealProcess final : public ProcessHandle {
 public:
  // Takes the pidfd over.
  RealProcess(int pid, int pidfd, std::shared_ptr<ProcessTree> tree, bool kernel_limits_memory,
              bool kernel_limits_cpu)
      : pid_(pid),
        pidfd_(pidfd),
        tree_(std::move(tree)),
        kernel_limits_memory_(kernel_limits_memory),
        kernel_limits_cpu_(kernel_limits_cpu) {}
  ~RealProcess() override { close(pidfd_); }

  int pid() const override { return pid_; }

  void Signal(int signal) override { syscall(SYS_pidfd_send_signal, pidfd_, signal, nullptr, 0); }

  void Freeze() override {
    if (!HasEnded()) tree_->Freeze();
  }
  void Thaw() override {
    if (!HasEnded()) tree_->Thaw();
  }

  absl::StatusOr<ProcessStats> ReadStats() override { return ReadProcessStats(pid_); }
  bool KernelLimitsMemory() const override { return kernel_limits_memory_; }
  bool KernelLimitsCpu() const override { return kernel_limits_cpu_; }
  absl::StatusOr<uint64_t> ReadMemory() override { return ReadResidentBytes(pid_); }
  ProcessUsage ReadUsage() override { return HasEnded() ? ProcessUsage{} : tree_->Usage(); }

 private:
  bool HasEnded() const {
    pollfd ended = {pidfd_, POLLIN, 0};
    return poll(&ended, 1, 0) != 0;
  }

  const int pid_;
  const int pidfd_;
  const std::shared_ptr<ProcessTree> tree_;
  const bool kernel_limits_memory_;
  const bool kernel_limits_cpu_;
};

// Of results that the server has not read yet; the kernel doubles it for its own needs. A few
// hundred results, so that what worker and server hand to each other stays in the processor's
// cache: with the host's default, three times as much, a fifth fewer came through. A worker that
// reports large results asks for more (worker/report_queue.cc).
constexpr int kResultsSocketBytes = 32 << 10;

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};

absl::StatusOr<SocketPair> MakeSocketPair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a socket for a worker");
  }
  return SocketPair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void KillAndReap(int pid) {
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessHandle>> RealProcessStarter::Start(
    const PoolOptions& pool, const std::shared_ptr<Worker>& worker) {
  absl::StatusOr<SocketPair> control = MakeSocketPair();
  if (!control.ok()) return control.status();
  absl::StatusOr<SocketPair> results = MakeSocketPair();
  if (!results.ok()) return results.status();
  setsockopt(results->theirs.Get(), SOL_SOCKET, SO_SNDBUF, &kResultsSocketBytes,
             sizeof(kResultsSocketBytes));
  const absl::StatusOr<StartedProcess> process =
      launcher_.Start(pool, options_.program, MakeBootstrap(pool, options_, *worker),
                      control->theirs, results->theirs);
  if (!process.ok()) return process.status();
  control->theirs = UniqueFd();  // so that the end of theirs is seen
  results->theirs = UniqueFd();
  sockets_->Open(worker, std::move(control->ours), std::move(results->ours),
                 options_.max_response_bytes);
  const int copy = fcntl(process->pidfd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {  // a handle without one could not end the process
    const int error = errno;
    close(process->pidfd);
    KillAndReap(process->pid);
    return absl::ErrnoToStatus(error, "cannot copy the descriptor of a worker's process");
  }
  auto handle = std::make_unique<RealProcess>(process->pid, copy, process->tree,
                                              launcher_.Limits("memory"), launcher_.Limits("cpu"));
  const absl::Status watched =
      exits_->Watch(process->pid, process->pidfd, process->tree,
                    [worker](const WorkerExit& exit) { worker->OnExited(exit); });
  if (!watched.ok()) {
    KillAndReap(process->pid);
    return watched;
  }
  return handle;
}

}  // namespace rsca::workers
