// rsca-worker: one process of a pool, started by rscad and never by hand.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/log.h"
#include "common/mutex.h"
#include "common/status.h"
#include "common/worker_protocol.h"
#include "server/worker/bootstrap.h"
#include "server/worker/confinement.h"
#include "server/worker/hello.h"
#include "server/worker/worker.h"

#if defined(__SANITIZE_ADDRESS__)
// LeakSanitizer traces the process at its end, which the seccomp filter refuses.
extern "C" int __lsan_is_turned_off() { return 1; }  // NOLINT(bugprone-reserved-identifier)
#endif

namespace rsca::worker {
namespace {

constexpr char kHelp[] =
    "rsca-worker loads protocol managers for rscad, which starts it and speaks to it through\n"
    "sockets that it inherits. There is nothing to run by hand: start `rscad`, and configure which "
    "protocol\n"
    "managers its worker pools load.\n"
    "\n"
    "  --help     this text\n"
    "  --version  the version\n";

constexpr int kExitUsage = 64;

// How long plug-ins may take to shut down once there is nobody to report to.
constexpr std::chrono::seconds kLostServerPatience(5);

int terminate_pipe[2] = {-1, -1};

extern "C" void OnTerminate(int /*signal*/) {
  const int error = errno;
  const char byte = 0;
  // A full pipe means that the wish is known already.
  [[maybe_unused]] const ssize_t written = write(terminate_pipe[1], &byte, 1);
  errno = error;
}

extern "C" void OnIgnored(int /*signal*/) {}

void Handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

// Handlers rather than blocked or ignored signals, because those two are inherited by the programs
// that plug-ins start.
bool SetUpSignals() {
  if (pipe2(terminate_pipe, O_CLOEXEC) != 0) return false;
  fcntl(terminate_pipe[1], F_SETFL, O_NONBLOCK);
  Handle(SIGTERM, OnTerminate);
  // Ctrl-C and a closed terminal reach the whole process group; rscad decides what they mean.
  Handle(SIGINT, OnIgnored);
  Handle(SIGHUP, OnIgnored);
  Handle(SIGPIPE, OnIgnored);
  sigset_t none;
  sigemptyset(&none);
  return sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

// A plug-in that hangs must not keep the process alive when its server is gone.
void ExitSoon() {
  std::thread([] {
    std::this_thread::sleep_for(kLostServerPatience);
    _exit(kWorkerExitLostServer);
  }).detach();
}

// Whom SIGTERM ends; null once that is on its way anyway.
struct Target {
  Mutex mutex;
  Worker* worker ABSL_GUARDED_BY(mutex) = nullptr;
};

void ShutDownOnTerminate(Target* target) {
  std::thread([target] {
    char byte;
    while (read(terminate_pipe[0], &byte, 1) != 1) {
    }
    MutexLock lock(&target->mutex);
    if (target->worker == nullptr) return;
    LogInfo("SIGTERM");
    target->worker->RequestShutdown(false);
  }).detach();
}

int RunWorker(v1::Bootstrap bootstrap) {
  auto worker = std::make_unique<Worker>(std::move(bootstrap), ExitSoon);
  auto* target = new Target;  // for a thread that never ends
  {
    MutexLock lock(&target->mutex);
    target->worker = worker.get();
  }
  ShutDownOnTerminate(target);
  const int status = worker->Run();
  {
    MutexLock lock(&target->mutex);
    target->worker = nullptr;
  }
  // Releases the plug-ins; unless one of them is in a call still, which cannot be waited for.
  if (worker->idle()) {
    worker = nullptr;
  } else {
    static_cast<void>(worker.release());
  }
  return status;
}

int Refuse(const std::string& why) {
  std::fprintf(stderr, "rsca-worker: %s\n", why.c_str());
  return kWorkerExitBadBootstrap;
}

int GiveUpUnconfined(const v1::Bootstrap& bootstrap, const absl::Status& why) {
  LogError("worker cannot confine itself",
           {{"worker", bootstrap.worker()}, {"error", why.message()}});
  ShutDownLogging();
  // Second, in case that even this needs what could not be had.
  TellNotConfined(bootstrap, std::string(why.message()));
  return kWorkerExitNotConfined;
}

absl::Status ConfineFor(const v1::Bootstrap& bootstrap) {
  std::vector<std::string> libraries;
  for (const v1::ProtocolManager& manager : bootstrap.protocol_managers()) {
    libraries.push_back(manager.library());
  }
  return Confine(bootstrap.confinement(), libraries);
}

// Where our own log lines go; what plug-ins print goes elsewhere.
std::FILE* LogFile(const v1::Bootstrap& bootstrap) {
  const int fd = bootstrap.log_descriptor();
  if (fd == 0) return stderr;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  std::FILE* file = fdopen(fd, "w");
  return file == nullptr ? stderr : file;
}

// Programs that plug-ins start must not have it.
bool KeepToOurselves(int descriptor) { return fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0; }

int Main(int argc, char** argv) {
  if (argc > 1) {
    const std::string argument = argv[1];
    if (argc == 2 && argument == "--version") return std::puts("rsca-worker " RSCA_VERSION) < 0;
    if (argc == 2 && argument == "--help") return std::fputs(kHelp, stdout) < 0;
    std::fprintf(stderr, "rsca-worker takes no arguments, but was given `%s`.\n\n%s",
                 argument.c_str(), kHelp);
    return kExitUsage;
  }
  if (isatty(STDIN_FILENO) != 0) return Refuse("is started by rscad, not by hand; see --help");
  if (!SetUpSignals()) return Refuse("cannot set up signals");
  absl::StatusOr<v1::Bootstrap> bootstrap = ReadBootstrap(STDIN_FILENO);
  if (!bootstrap.ok()) return Refuse(DescribeError(bootstrap.status()));
  if (!KeepToOurselves(bootstrap->control_descriptor()) ||
      !KeepToOurselves(bootstrap->results_descriptor())) {
    return Refuse("has no sockets to its server");
  }
  const absl::Status closed = CloseStandardInput();
  if (!closed.ok()) return Refuse(DescribeError(closed));
  const absl::Status confined = ConfineFor(*bootstrap);
  // From here on there may be threads.
  SetUpLogging("rsca-worker", bootstrap->log_level().empty() ? "info" : bootstrap->log_level(),
               LogFile(*bootstrap));
  if (!confined.ok()) return GiveUpUnconfined(*bootstrap, confined);

  const int status = RunWorker(*std::move(bootstrap));
  ShutDownLogging();
  // Without static destructors: a plug-in's thread may be running still in spite of its Shutdown,
  // and must not find the floor gone.
  _exit(status);
}

}  // namespace
}  // namespace rsca::worker

int main(int argc, char** argv) { return rsca::worker::Main(argc, argv); }
