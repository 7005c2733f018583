#include "tests/support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

// The header of glibc 2.36 does not say so itself.
extern "C" {
#include <sys/pidfd.h>
}

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/support/proc.h"

namespace rsca::support {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(*entry, absl::MaxSplits('=', 1));
    if (added.count(parts.first) == 0) environment.emplace_back(*entry);
  }
  for (const auto& [name, value] : added) environment.push_back(absl::StrCat(name, "=", value));
  return environment;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const ExitStatus& exit) {
  return exit.signal > 0 ? out << "signal " << exit.signal << " (" << strsignal(exit.signal) << ")"
                         : out << "exit status " << exit.status;
}

ChildProcess::ChildProcess(std::vector<std::string> argv, ChildOptions options)
    : output_file_(options.output_file.empty() ? dir_.File("stdout") : options.output_file),
      error_file_(options.error_file.empty() ? dir_.File("stderr") : options.error_file) {
  WriteFile(dir_.File("stdin"), options.input);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int create = O_WRONLY | O_CREAT | O_APPEND;
  posix_spawn_file_actions_addopen(&actions, 0, dir_.File("stdin").c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output_file_.c_str(), create, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, error_file_.c_str(), create, 0600);
  if (!options.directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, options.directory.c_str());
  }
  // Whatever the test program blocks or ignores is no business of the child.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigdefault(&attributes, &defaults);

  const std::vector<std::string> environment = Environment(options.environment);
  const int error = posix_spawnp(&pid_, argv[0].c_str(), &actions, &attributes,
                                 Pointers(argv).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return;
  pid_ = -1;
  exit_ = ExitStatus{.status = 127};
  WriteFile(error_file_, absl::StrCat(argv[0], ": ", std::strerror(error), "\n"));
}

ChildProcess::~ChildProcess() {
  if (exit_) return;
  Signal(SIGKILL);
  Wait();
}

void ChildProcess::Signal(int number) {
  if (!exit_) SendSignal(pid_, number);
}

std::optional<ExitStatus> ChildProcess::Wait(std::chrono::milliseconds bound) {
  if (exit_) return exit_;
  const int handle = pidfd_open(pid_, 0);
  pollfd ended = {.fd = handle, .events = POLLIN, .revents = 0};
  const auto end = std::chrono::steady_clock::now() + bound;
  int ready = 0;
  do {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    ready = poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  } while (ready < 0 && errno == EINTR);
  close(handle);
  if (ready <= 0) return std::nullopt;
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) return std::nullopt;
  exit_ = WIFSIGNALED(status) ? ExitStatus{.status = 0, .signal = WTERMSIG(status)}
                              : ExitStatus{.status = WEXITSTATUS(status), .signal = 0};
  return exit_;
}

}  // namespace rsca::support
