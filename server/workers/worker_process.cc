#include "server/workers/worker_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/unique_fd.h"

namespace rsca::workers {
namespace {

// The bootstrap in a memory file: unlike a pipe it has no size at which writing would block, and a
// worker that never reads it costs nothing.
absl::StatusOr<UniqueFd> MakeInput(const std::string& bytes) {
  UniqueFd file(memfd_create("rsca-bootstrap", MFD_CLOEXEC));
  if (!file) return absl::ErrnoToStatus(errno, "memfd_create");
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = write(file.Get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, "cannot write the bootstrap");
    done += static_cast<size_t>(count);
  }
  lseek(file.Get(), 0, SEEK_SET);
  return file;
}

// What the child gets as 0, 1, 2 and so on. Copies out of the way of these numbers first, so that
// none is overwritten before it is used.
class Inheritance {
 public:
  absl::Status Add(int fd) {
    UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, kWorkerCgroupDescriptor + 1));
    if (!copy) return absl::ErrnoToStatus(errno, "cannot copy a descriptor for the worker");
    copies_.push_back(std::move(copy));
    return absl::OkStatus();
  }

  void Describe(posix_spawn_file_actions_t* actions) const {
    int number = 0;
    for (const UniqueFd& copy : copies_) {
      posix_spawn_file_actions_adddup2(actions, copy.Get(), number++);
    }
    posix_spawn_file_actions_addclosefrom_np(actions, number);
  }

 private:
  std::vector<UniqueFd> copies_;
};

int Spawn(const std::string& program, const Inheritance& inheritance, pid_t* pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const auto free_actions =
      absl::MakeCleanup([&actions] { posix_spawn_file_actions_destroy(&actions); });
  inheritance.Describe(&actions);

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
  posix_spawnattr_setflags(
      &attributes,
      static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID));
  std::string name = program;
  char* const argv[] = {name.data(), nullptr};
  return posix_spawn(pid, program.c_str(), &actions, &attributes, argv, environ);
}

}  // namespace

absl::StatusOr<SpawnedProcess> SpawnWorkerProcess(const std::string& program,
                                                  const std::string& bootstrap,
                                                  const WorkerDescriptors& descriptors) {
  const absl::StatusOr<UniqueFd> input = MakeInput(bootstrap);
  if (!input.ok()) return input.status();
  Inheritance inheritance;
  absl::Status status;
  for (const int fd : {input->Get(), descriptors.output, descriptors.output, descriptors.log,
                       descriptors.control, descriptors.results}) {
    status.Update(inheritance.Add(fd));
  }
  if (descriptors.cgroup >= 0) status.Update(inheritance.Add(descriptors.cgroup));
  if (!status.ok()) return status;
  pid_t pid = -1;
  const int error = Spawn(program, inheritance, &pid);
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
  return SpawnedProcess{pid, pidfd};
}

}  // namespace rsca::workers
