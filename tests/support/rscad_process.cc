#include "tests/support/rscad_process.h"

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/support/health.h"
#include "tests/support/proc.h"

namespace rsca::support {
namespace {

constexpr char kWorkerName[] = "rsca-worker";

std::vector<pid_t> WorkersOf(pid_t parent) {
  std::vector<pid_t> workers;
  for (const pid_t pid : ChildrenOf(parent)) {
    if (ProcessName(pid) == kWorkerName && IsRunning(pid)) workers.push_back(pid);
  }
  return workers;
}

// Workers that have lost their server become ours (see the constructor). Reaps those that have
// ended, and says whether that leaves none.
bool NoOrphansLeft() {
  bool none = true;
  for (const pid_t pid : ChildrenOf(getpid())) {
    if (ProcessName(pid) != kWorkerName) continue;
    if (waitpid(pid, nullptr, WNOHANG) != pid) none = false;
  }
  return none;
}

}  // namespace

std::string RscadPath() { return RSCA_RSCAD_PATH; }
std::string WorkerPath() { return RSCA_WORKER_PATH; }

RscadProcess::RscadProcess(Config config) : on_socket_(!config.HasListeners()) {
  // Orphans become children of the test, so that it can see and end them.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  // Never given back: whoever lets go of gRPC last may wait 10 s for its backup poller.
  grpc_init();
  if (!config.Has("timeouts.drain")) config.Set("timeouts.drain", "5s");
  if (!config.Has("logging.level")) config.Set("logging.level", "debug");
  if (!config.Has("runtime_dir")) config.Set("runtime_dir", dir_.path());
  WriteFile(dir_.File("rscad.yaml"), config.Yaml());
  channel_ = NewChannel();
  stub_ = v1::CustomActions::NewStub(channel_);
  Start();
}

RscadProcess::~RscadProcess() {
  stub_.reset();
  channel_.reset();
  Terminate();
  const std::optional<ExitStatus> exit = Wait();
  if (!exit) {
    ADD_FAILURE() << "rscad did not end after SIGTERM";
    Kill();
  } else if (!killed_) {
    EXPECT_EQ(*exit, ExitStatus{}) << "rscad's end";
  }
  EXPECT_TRUE(Eventually(NoOrphansLeft)) << "a worker lives on without its server";
  for (const pid_t pid : WorkersOf(getpid())) SendSignal(pid, SIGKILL);
  const std::string log = Log();
  for (const char* finding : {"AddressSanitizer", "ThreadSanitizer", "LeakSanitizer",
                              "runtime error:", "UndefinedBehaviorSanitizer"}) {
    EXPECT_EQ(log.find(finding), std::string::npos) << "a sanitizer has found something";
  }
  if (testing::Test::HasFailure()) std::cerr << "--- rscad's log\n" << log << "--- end of log\n";
}

std::string RscadProcess::address() const { return absl::StrCat("unix:", dir_.File("rscad.sock")); }

std::shared_ptr<grpc::Channel> RscadProcess::NewChannel(
    const grpc::ChannelArguments& arguments) const {
  grpc::ChannelArguments local = arguments;
  local.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  local.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  local.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  return grpc::CreateCustomChannel(address(), grpc::InsecureChannelCredentials(), local);
}

std::string RscadProcess::Log() const { return ReadFile(dir_.File("rscad.log")); }

std::vector<std::string> RscadProcess::Addresses() const {
  std::vector<std::string> addresses;
  for (const absl::string_view line : absl::StrSplit(Log(), '\n')) {
    const size_t found = line.find(" serving address=");
    if (found == absl::string_view::npos) continue;
    addresses.emplace_back(line.substr(line.find('=', found) + 1));
  }
  return addresses;
}

bool RscadProcess::WaitForLog(const std::string& text) const {
  return Eventually([&] { return Log().find(text) != std::string::npos; });
}

std::vector<pid_t> RscadProcess::WorkerPids() const { return WorkersOf(pid()); }

pid_t RscadProcess::OnlyWorker(pid_t old) const {
  std::vector<pid_t> workers;
  const bool found = Eventually([&] {
    workers = WorkerPids();
    return workers.size() == 1 && workers[0] != old;
  });
  EXPECT_TRUE(found) << workers.size() << " workers run";
  return found ? workers[0] : 0;
}

bool RscadProcess::WaitForHealth(const std::string& service, const std::string& status) const {
  std::string last;
  Eventually([&] {
    last = Health(channel_, service);
    return last == status || Ended();
  });
  return last == status;
}

void RscadProcess::Terminate() { Signal(SIGTERM); }

void RscadProcess::Kill() {
  killed_ = true;
  Signal(SIGKILL);
}

void RscadProcess::Signal(int number) { process_->Signal(number); }

std::optional<ExitStatus> RscadProcess::Wait(std::chrono::milliseconds bound) {
  return process_->Wait(bound);
}

bool RscadProcess::Ended() const {
  return process_->Wait(std::chrono::milliseconds(0)).has_value();
}

void RscadProcess::Restart() {
  process_.reset();
  killed_ = false;
  Start();
}

void RscadProcess::Start() {
  ChildOptions options;
  options.output_file = dir_.File("rscad.log");
  options.error_file = options.output_file;
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{RscadPath(), "--config", dir_.File("rscad.yaml")}, options);
  // Waiting in the channel, and not by call after call that fails at once: a channel on which
  // nothing waits looks at its connection every 5 s only.
  const bool up = Eventually([&] {
    if (!on_socket_) return !Addresses().empty() || Ended();
    const auto soon = std::chrono::system_clock::now() + std::chrono::milliseconds(200);
    return (channel_->WaitForConnected(soon) && Health(channel_) == "SERVING") || Ended();
  });
  if (!up || Ended()) ADD_FAILURE() << "rscad did not come up";
}

}  // namespace rsca::support
