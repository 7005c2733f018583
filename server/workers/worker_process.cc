#include "server/workers/worker_process.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace rsca::workers {
namespace {

// The bootstrap in a memory file: unlike a pipe it has no size at which writing would block, and a
// worker that never reads it costs nothing.
absl::StatusOr<int> MakeInput(const std::string& bytes) {
  const int fd = memfd_create("rsca-bootstrap", MFD_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, "memfd_create");
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = write(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      close(fd);
      return absl::ErrnoToStatus(error, "cannot write the bootstrap");
    }
    done += static_cast<size_t>(count);
  }
  lseek(fd, 0, SEEK_SET);
  return fd;
}

int Spawn(const std::string& program, int input, pid_t* pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const auto free_actions =
      absl::MakeCleanup([&actions] { posix_spawn_file_actions_destroy(&actions); });
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  const auto free_attributes =
      absl::MakeCleanup([&attributes] { posix_spawnattr_destroy(&attributes); });
  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(
      &attributes,
      static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
  std::string name = program;
  char* const argv[] = {name.data(), nullptr};
  return posix_spawn(pid, program.c_str(), &actions, &attributes, argv, environ);
}

}  // namespace

absl::StatusOr<StartedProcess> StartWorkerProcess(const std::string& program,
                                                  const std::string& bootstrap) {
  const absl::StatusOr<int> input = MakeInput(bootstrap);
  if (!input.ok()) return input.status();
  const auto close_input = absl::MakeCleanup([&input] { close(*input); });
  pid_t pid = -1;
  const int error = Spawn(program, *input, &pid);
  if (error != 0) {
    return absl::ErrnoToStatus(error, absl::StrCat("cannot start the worker program ", program));
  }
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) {
    const int open_error = errno;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return absl::ErrnoToStatus(open_error, "pidfd_open");
  }
  return StartedProcess{pid, pidfd};
}

}  // namespace rsca::workers
