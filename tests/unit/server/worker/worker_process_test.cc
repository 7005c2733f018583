// The real program: how it starts, what signals do, and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "common/worker_protocol.h"
#include "tests/support/child_process.h"
#include "tests/support/eventually.h"
#include "tests/unit/server/worker/link_server.h"

namespace rsca::worker {
namespace {

using support::ChildProcess;
using support::ExitStatus;
using testing::ElementsAre;
using testing::HasSubstr;

support::ChildOptions WithInput(const std::string& input) {
  support::ChildOptions options;
  options.input = input;
  // A worker whose plug-in hangs ends without joining its threads, on purpose.
  const char* tsan = std::getenv("TSAN_OPTIONS");
  options.environment["TSAN_OPTIONS"] =
      std::string(tsan == nullptr ? "" : tsan) + ":report_thread_leaks=0";
  return options;
}

class WorkerProcessTest : public testing::Test {
 protected:
  void AddPlugin(const std::string& name, const std::string& function) {
    v1::ProtocolManager* manager = bootstrap_.add_protocol_managers();
    manager->set_name(name);
    manager->set_library(RSCA_TEST_PLUGIN_DIR "/" + name + ".so");
    manager->set_entry_point("GetProtocolManager");
    manager->add_functions()->set_name(function);
  }

  // What the worker had to say is worth reading when a test fails.
  void TearDown() override {
    if (HasFailure() && worker_ != nullptr) ADD_FAILURE() << worker_->Error();
  }

  void StartWorker() {
    worker_ = std::make_unique<ChildProcess>(std::vector<std::string>{RSCA_WORKER_PATH},
                                             WithInput(bootstrap_.SerializeAsString()));
    server_.CloseWorkersEnds();
    server_.WaitReady();
  }

  LinkServer server_;
  v1::Bootstrap bootstrap_ = server_.MakeBootstrap();
  std::unique_ptr<ChildProcess> worker_;
};

ChildProcess RunWith(const std::string& input, std::vector<std::string> arguments = {}) {
  arguments.insert(arguments.begin(), RSCA_WORKER_PATH);
  return ChildProcess(std::move(arguments), WithInput(input));
}

TEST_F(WorkerProcessTest, SaysThatItIsNotRunByHand) {
  ChildProcess unknown = RunWith("", {"--pool=x"});
  EXPECT_EQ(unknown.Wait(), (ExitStatus{.status = 64}));
  EXPECT_THAT(unknown.Error(), HasSubstr("takes no arguments, but was given `--pool=x`"));
  ChildProcess help = RunWith("", {"--help"});
  EXPECT_EQ(help.Wait(), ExitStatus{});
  EXPECT_THAT(help.Output(), HasSubstr("rscad"));
  ChildProcess version = RunWith("", {"--version"});
  EXPECT_EQ(version.Wait(), ExitStatus{});
  EXPECT_THAT(version.Output(), HasSubstr("rsca-worker "));
}

TEST_F(WorkerProcessTest, RefusesABadBootstrap) {
  for (const std::string& input : {std::string(), std::string("\xff garbage \xff")}) {
    ChildProcess worker = RunWith(input);
    EXPECT_EQ(worker.Wait(), (ExitStatus{.status = kWorkerExitBadBootstrap}));
  }
  bootstrap_.set_protocol_version(kWorkerProtocolVersion + 1);
  ChildProcess worker = RunWith(bootstrap_.SerializeAsString());
  EXPECT_EQ(worker.Wait(), (ExitStatus{.status = kWorkerExitBadBootstrap}));
  EXPECT_THAT(worker.Error(), HasSubstr("of one build"));
}

TEST_F(WorkerProcessTest, ExitsWhenTheServerRefusesIt) {
  server_.Refuse("not one of mine");
  ChildProcess worker = RunWith(bootstrap_.SerializeAsString());
  EXPECT_EQ(worker.Wait(), (ExitStatus{.status = kWorkerExitLostServer}));
  EXPECT_THAT(worker.Error(), HasSubstr("not one of mine"));
}

TEST_F(WorkerProcessTest, ExitsWhenTheServerIsNotThere) {
  server_.Stop();
  ChildProcess worker = RunWith(bootstrap_.SerializeAsString());
  EXPECT_EQ(worker.Wait(), (ExitStatus{.status = kWorkerExitLostServer}));
  EXPECT_THAT(worker.Error(), HasSubstr("the server ended the handshake"));
}

TEST_F(WorkerProcessTest, ExitsWhenTheServerSendsWhatIsNoMessage) {
  StartWorker();
  server_.SendBytes("\xff\xff\xff\xff");
  EXPECT_EQ(worker_->Wait(), (ExitStatus{.status = kWorkerExitLostServer}));
  EXPECT_THAT(worker_->Error(), HasSubstr("the server sent what is no message"));
}

// What plug-ins start must not have them.
TEST_F(WorkerProcessTest, KeepsItsSocketsToItself) {
  StartWorker();
  for (const int descriptor : {bootstrap_.control_descriptor(), bootstrap_.results_descriptor()}) {
    const std::string info = support::ReadFile("/proc/" + std::to_string(worker_->pid()) +
                                               "/fdinfo/" + std::to_string(descriptor));
    EXPECT_THAT(info, HasSubstr("flags:\t02000002")) << "O_RDWR | O_CLOEXEC";
  }
}

TEST_F(WorkerProcessTest, CarriesResultsAndExitsCleanlyOnShutdown) {
  AddPlugin("counter", "");
  StartWorker();
  server_.Start(1, "counter", R"({"count": 3})");
  const auto reports = server_.WaitEnd(1);
  ASSERT_EQ(reports.size(), 4u);
  EXPECT_EQ(reports[3].response, "count=3");
  server_.Shutdown();
  EXPECT_EQ(worker_->Wait(), ExitStatus{});
}

TEST_F(WorkerProcessTest, SigtermShutsDownGracefullyAndCtrlCDoesNothing) {
  AddPlugin("counter", "");
  StartWorker();
  server_.Start(1, "counter", "");
  server_.WaitReports(1, 1);
  worker_->Signal(SIGINT);
  worker_->Signal(SIGHUP);
  worker_->Signal(SIGPIPE);
  EXPECT_TRUE(server_.PingPong());
  worker_->Signal(SIGTERM);
  EXPECT_EQ(worker_->Wait(), ExitStatus{});
  EXPECT_THAT(server_.WaitEnd(1).back().response, HasSubstr("count="));  // of its Shutdown
}

TEST_F(WorkerProcessTest, ExitsWhenTheServerIsGone) {
  AddPlugin("counter", "");
  StartWorker();
  server_.Start(1, "counter", "");
  server_.WaitReports(1, 1);
  server_.Stop();
  EXPECT_EQ(worker_->Wait(), (ExitStatus{.status = kWorkerExitLostServer}));
}

TEST_F(WorkerProcessTest, ExitsWhenTheServerIsGoneEvenIfAPluginHangs) {
  AddPlugin("hangs_in_shutdown", "");
  StartWorker();
  server_.Stop();
  EXPECT_EQ(worker_->Wait(), (ExitStatus{.status = kWorkerExitLostServer}));
}

TEST_F(WorkerProcessTest, StandardInputIsEmptyForPlugins) {
  StartWorker();
  char target[256] = {};
  const std::string link = "/proc/" + std::to_string(worker_->pid()) + "/fd/0";
  ASSERT_GT(readlink(link.c_str(), target, sizeof(target) - 1), 0);
  EXPECT_STREQ(target, "/dev/null");
}

TEST_F(WorkerProcessTest, AHangingRunDoesNotKeepItFromShuttingDown) {
  AddPlugin("hangs_in_register", "");
  StartWorker();
  server_.StartRun(1, "hangs_in_register.run", "");
  EXPECT_TRUE(server_.PingPong());
  server_.Shutdown(true);
  EXPECT_EQ(worker_->Wait(), ExitStatus{});
}

}  // namespace
}  // namespace rsca::worker
