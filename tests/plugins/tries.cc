// Tries what a confined worker may not do, and answers once with what came of it: `OK`, or an error
// such as `EPERM`.
//
//   tries.call NAME          a system call; see kCalls
//   tries.open r|w PATH      opens a file
//   tries.status             what /proc/self/status says
//   tries.descriptors        opens files until it fails: how many, and the error
//   tries.forks N            forks so many children that wait for minutes: how many, and the error
//   tries.memory MIB         touches so much memory
//   tries.prints WHAT        to standard output and error: `lines`, `bytes`, `long`, or `flood`
//   tries.core               ends with SIGABRT
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/plugins/support.h"

namespace rsca::plugins {
namespace {

std::string Result(IN long result) { return result >= 0 ? "OK" : strerrorname_np(errno); }

const std::map<std::string, std::function<long()>> kCalls = {
    {"mount", [] { return mount("none", "/proc/self/nowhere", "tmpfs", 0, nullptr); }},
    {"umount", [] { return umount2("/proc/self/nowhere", 0); }},
    {"ptrace", [] { return ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr); }},
    {"process_vm_readv", [] { return syscall(SYS_process_vm_readv, getpid(), 0, 0, 0, 0, 0); }},
    {"bpf", [] { return syscall(SYS_bpf, BPF_MAP_CREATE, nullptr, 0); }},
    {"perf_event_open", [] { return syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
    {"userfaultfd", [] { return syscall(SYS_userfaultfd, -1); }},
    {"keyctl", [] { return syscall(SYS_keyctl, 0, -3, 0); }},
    {"init_module", [] { return syscall(SYS_init_module, nullptr, 0, nullptr); }},
    {"reboot", [] { return syscall(SYS_reboot, 0, 0, 0, nullptr); }},
    {"clock_settime", [] { return syscall(SYS_clock_settime, CLOCK_REALTIME, nullptr); }},
    {"unshare-user", [] { return unshare(CLONE_NEWUSER); }},
    {"unshare-files", [] { return unshare(CLONE_FILES); }},
    {"setns", [] { return setns(-1, 0); }},
    {"open_by_handle_at", [] { return syscall(SYS_open_by_handle_at, -1, nullptr, 0); }},
    {"clone3", [] { return syscall(SYS_clone3, nullptr, 0); }},
    {"setuid-root", [] { return setuid(0); }},
    {"getpid", [] { return getpid(); }}};

std::string Descriptors() {
  int count = 0;
  while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) ++count;
  const int error = errno;
  // The worker needs some again for the answer's sake.
  close_range(static_cast<unsigned>(sysconf(_SC_OPEN_MAX)) - 20, ~0U, 0);
  return std::to_string(count) + " " + strerrorname_np(error);
}

std::string Forks(IN int wanted) {
  for (int count = 0; count < wanted; ++count) {
    const pid_t pid = fork();
    if (pid < 0) return std::to_string(count) + " " + strerrorname_np(errno);
    if (pid == 0) {
      // Out of reach of whoever kills the worker's session or process group.
      setsid();
      // For longer than a test takes: where there are no cgroups nobody else can end it.
      alarm(300);
      while (true) pause();
    }
  }
  return std::to_string(wanted) + " OK";
}

std::string Memory(IN size_t mib) {
  std::string block(mib << 20, 'x');
  return std::to_string(block.size() >> 20) + " OK";
}

void WriteAll(IN int fd, IN std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
}

std::string Prints(IN const std::string& what) {
  if (what == "lines") {
    WriteAll(STDOUT_FILENO, "to standard output\n");
    WriteAll(STDERR_FILENO, "to standard error\nwithout a newline");
  } else if (what == "bytes") {
    WriteAll(STDOUT_FILENO, "caf\xC3\xA9 \xFF\x1b[31m\n");
  } else if (what == "long") {
    WriteAll(STDOUT_FILENO, std::string(10'000, 'l') + "\n");
  } else if (what == "flood") {
    const std::string rest(1000, 'f');  // more than is logged, also where a line takes long
    for (int line = 0; line < 20'000; ++line) {
      WriteAll(STDERR_FILENO, "flood " + std::to_string(line) + rest + "\n");
    }
    WriteAll(STDERR_FILENO, "end of the flood\n");
  }
  return "OK";
}

std::string Open(IN const std::string& arguments) {
  const bool writes = arguments[0] == 'w';
  const int fd =
      open(arguments.substr(2).c_str(), (writes ? O_WRONLY | O_CREAT : O_RDONLY) | O_CLOEXEC, 0600);
  const std::string result = Result(fd);
  if (fd >= 0) close(fd);
  return result;
}

class Tries final : public Plugin {
 public:
  Tries()
      : Plugin({Once(L"tries.call"), Once(L"tries.open"), Once(L"tries.status"),
                Once(L"tries.descriptors"), Once(L"tries.forks"), Once(L"tries.memory"),
                Once(L"tries.prints"), Once(L"tries.core")}) {}

  HRESULT RunCustomAction(IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
                          IN ICustomActionResultCallback* pResultCallback) override {
    return Report(pResultCallback, Try(Narrow(pszFunctionName), Narrow(pszArguments)));
  }

 private:
  static std::string Try(IN const std::string& function, IN const std::string& arguments) {
    if (function == "tries.call") return Result(kCalls.at(arguments)());
    if (function == "tries.open") return Open(arguments);
    if (function == "tries.descriptors") return Descriptors();
    if (function == "tries.forks") return Forks(std::stoi(arguments));
    if (function == "tries.memory") return Memory(std::stoul(arguments));
    if (function == "tries.prints") return Prints(arguments);
    if (function == "tries.core") std::abort();
    std::stringstream status;
    status << std::ifstream("/proc/self/status").rdbuf();
    return status.str();
  }
};

}  // namespace
}  // namespace rsca::plugins

EXPORT_PROTOCOL_MANAGER(rsca::plugins::Tries)
