// rscad: reads the command line and the configuration, runs the server until a signal ends it.
#include <fcntl.h>
#include <grpc/grpc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/log.h"
#include "server/config/config.h"
#include "server/config/schema.h"
#include "server/observability/grpc_log.h"
#include "server/server.h"

namespace rsca::server {
namespace {

using rsca::config::v1::Logging;
using rsca::config::v1::ServerConfig;

// How long gRPC may take to end when everything else has.
constexpr absl::Duration kGrpcLimit = absl::Seconds(1);

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

constexpr char kDescription[] =
    "rscad: carries out custom actions in worker processes and streams their results to clients.";

constexpr char kExamples[] = R"(Examples:
  rscad                                serve on a unix socket with the built-in actions
  rscad --config /etc/rsca/rscad.yaml  serve as the file says
  rscad --check-config rscad.yaml      say what is wrong with a file, if anything
  rscad --print-config                 every setting with its value, as a file to start from

Signals: the first SIGTERM or SIGINT ends the server when its work is drained, the second at once.
Exit status: 0 ended as asked, 1 could not serve, 2 wrong usage or configuration.)";

struct Options {
  std::string config_file;
  bool check_config = false;
  bool print_config = false;
};

// Returns nothing when the program is to go on, else its exit status.
std::optional<int> ParseCommandLine(int argc, char** argv, Options* options) {
  CLI::App app(kDescription, "rscad");
  app.footer(kExamples);
  app.set_version_flag("--version", absl::StrCat("rscad ", RSCA_VERSION));
  app.add_option("--config", options->config_file, "Configuration file; built-in defaults without")
      ->type_name("FILE");
  std::string checked_file;
  CLI::Option* check =
      app.add_option("--check-config", checked_file,
                     "Check the configuration (FILE, that of --config, or the defaults) and exit")
          ->type_name("[FILE]")
          ->expected(0, 1);
  app.add_flag("--print-config", options->print_config, "Print the whole configuration and exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  options->check_config = check->count() > 0;
  if (!checked_file.empty()) options->config_file = checked_file;
  return std::nullopt;
}

int Fail(int status, absl::string_view message) {
  std::cerr << "rscad: " << message << std::endl;
  return status;
}

// Standard output is what was asked for: losing it is a failure.
int Print(const std::string& text) {
  std::cout << text << std::flush;
  return std::cout ? 0 : Fail(kExitFailed, "cannot write to standard output");
}

// A socket must never get the number of a standard stream, which log lines would then go into.
void OpenStandardStreams() {
  int fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
  if (fd > STDERR_FILENO) close(fd);
}

// Every stream is a descriptor, and the usual soft limit is for programs that use select().
void RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) LogWarning("descriptor limit stays as it is");
}

// The signals that end the server. Blocked before any thread starts, so that all threads block
// them.
sigset_t BlockEndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  for (const int number : {SIGINT, SIGHUP}) {
    // What `nohup` or a shell's `&` made it ignore stays ignored.
    struct sigaction action = {};
    sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// 0 if none comes in time.
int WaitForSignal(const sigset_t& signals, absl::Duration limit) {
  const absl::Time end = absl::Now() + limit;
  while (true) {
    const timespec left = absl::ToTimespec(std::max(end - absl::Now(), absl::ZeroDuration()));
    const int number = sigtimedwait(&signals, nullptr, &left);
    if (number > 0) return number;
    if (errno == EAGAIN) return 0;
  }
}

// Drains the server, in the configured time whatever its clients do; a further signal hurries it.
void ShutDown(const sigset_t& signals, absl::Duration drain, Server* server) {
  std::atomic<bool> done = false;
  std::thread watcher([&signals, drain, server, &done] {
    const int number = WaitForSignal(signals, std::max(drain, kGrpcLimit));
    if (done) return;
    if (number > 0) {
      LogWarning("hurrying", {{"signal", number}});
      server->Hurry();
      WaitForSignal(signals, kGrpcLimit);
      if (done) return;
    }
    // gRPC does not close a connection before it takes what is being written, which a client whose
    // process is stopped never does.
    LogWarning("stopped, leaving connections whose clients do not read");
    ShutDownLogging();
    _exit(0);
  });
  server->Shutdown();
  done = true;
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread): it waits for the signal
  pthread_kill(watcher.native_handle(), SIGTERM);
  watcher.join();
}

int Serve(const ServerConfig& config, const std::string& config_file, const sigset_t& signals) {
  RaiseDescriptorLimit();
  // Never given back: the last to let go of gRPC waits until its backup poller looks up, up to 10
  // s.
  grpc_init();
  const observability::GrpcLog grpc_log;
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(config, config_file);
  if (!server.ok()) return Fail(kExitFailed, server.status().message());
  for (const std::string& address : (*server)->addresses()) {
    LogInfo("serving", {{"address", address}});
  }
  int number = 0;
  while (sigwait(&signals, &number) != 0) {
  }
  LogInfo("draining", {{"signal", number}});
  const google::protobuf::Duration& drain = config.timeouts().drain();
  ShutDown(signals, absl::Seconds(drain.seconds()) + absl::Nanoseconds(drain.nanos()),
           server->get());
  server->reset();
  LogInfo("stopped");
  return 0;
}

int Main(int argc, char** argv) {
  OpenStandardStreams();
  Options options;
  const std::optional<int> exit_status = ParseCommandLine(argc, argv, &options);
  if (exit_status.has_value()) return *exit_status;
  const absl::StatusOr<ServerConfig> config = rsca::config::LoadConfig(options.config_file);
  if (!config.ok()) {
    std::cerr << config.status().message() << std::endl;
    return kExitUsage;
  }
  if (options.print_config) return Print(rsca::config::PrintConfig(*config));
  if (options.check_config) {
    const bool defaults = options.config_file.empty();
    return Print(absl::StrCat(defaults ? "built-in defaults" : options.config_file,
                              ": the configuration is right\n"));
  }

  const sigset_t signals = BlockEndingSignals();
  // The packaged Abseil looks for deadlocks, at a tenth of the server's processor time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  SetUpLogging("rscad", rsca::config::EnumText(*Logging::Level_descriptor()->FindValueByNumber(
                            config->logging().level())));
  const int status = Serve(*config, options.config_file, signals);
  ShutDownLogging();
  return status;
}

}  // namespace
}  // namespace rsca::server

// An exception that nobody expects ends the program with its reason and a core dump.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  return rsca::server::Main(argc, argv);
}
