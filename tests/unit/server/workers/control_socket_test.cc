#include "server/workers/control_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "common/control_frame.h"
#include "common/mutex.h"
#include "common/worker_protocol.h"
#include "tests/support/eventually.h"

namespace rsca::workers {
namespace {

using support::Eventually;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Whoever started the worker.
class Owner final : public WorkerOwner {
 public:
  void OnWorkerReady(Worker* /*worker*/, const worker::v1::Ready& /*ready*/) override {}
  void OnWorkerMessage(Worker* /*worker*/, const worker::v1::ControlRequest& message) override {
    MutexLock lock(&mutex_);
    pongs_.push_back(message.pong().number());
  }
  void OnWorkerQuiet(Worker* /*worker*/) override {}
  void OnWorkerLinkLost(Worker* /*worker*/) override {
    MutexLock lock(&mutex_);
    ++lost_;
  }
  void OnWorkerEnded(Worker* /*worker*/, const WorkerExit& exit,
                     const std::vector<std::string>& /*suspects*/) override {
    MutexLock lock(&mutex_);
    exit_ = exit;
  }
  void OnWorkerGone(Worker* /*worker*/) override {}

  std::vector<uint64_t> pongs() {
    MutexLock lock(&mutex_);
    return pongs_;
  }
  int lost() {
    MutexLock lock(&mutex_);
    return lost_;
  }
  WorkerExit exit() {
    MutexLock lock(&mutex_);
    return exit_;
  }

 private:
  Mutex mutex_;
  std::vector<uint64_t> pongs_ ABSL_GUARDED_BY(mutex_);
  int lost_ ABSL_GUARDED_BY(mutex_) = 0;
  WorkerExit exit_ ABSL_GUARDED_BY(mutex_);
};

// Counts what would end it.
class Process final : public ProcessHandle {
 public:
  explicit Process(std::atomic<int>* kills) : kills_(kills) {}
  int pid() const override { return 1; }
  void Signal(int signal) override { *kills_ += signal == SIGKILL ? 1 : 0; }
  void Freeze() override {}
  void Thaw() override {}
  absl::StatusOr<ProcessStats> ReadStats() override { return ProcessStats(); }
  bool KernelLimitsMemory() const override { return false; }
  bool KernelLimitsCpu() const override { return false; }
  absl::StatusOr<uint64_t> ReadMemory() override { return uint64_t{0}; }
  ProcessUsage ReadUsage() override { return {}; }

 private:
  std::atomic<int>* const kills_;
};

worker::v1::ControlRequest Hello(uint32_t version = kWorkerProtocolVersion) {
  worker::v1::ControlRequest message;
  message.mutable_hello()->set_protocol_version(version);
  return message;
}

worker::v1::ControlRequest Pong(uint64_t number) {
  worker::v1::ControlRequest message;
  message.mutable_pong()->set_number(number);
  return message;
}

worker::v1::ControlResponse Ping(uint64_t number) {
  worker::v1::ControlResponse message;
  message.mutable_ping()->set_number(number);
  return message;
}

// The process is played by the test: it has the other end.
class ControlSocketTest : public testing::Test {
 protected:
  ControlSocketTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    theirs_ = UniqueFd(ends[1]);
    worker_->SetProcess(std::make_unique<Process>(&kills_));
    socket_ = std::make_unique<ControlSocket>(UniqueFd(ends[0]), worker_);
    reader_ = std::make_unique<ControlReader>(theirs_.Get());
  }

  void Send(const worker::v1::ControlRequest& message) {
    ASSERT_TRUE(SendControl(theirs_.Get(), message));
  }

  // MESSAGE_NOT_SET at the end.
  worker::v1::ControlResponse Read() {
    worker::v1::ControlResponse message;
    if (reader_->Read(&message) != FrameStatus::kComplete) message.Clear();
    return message;
  }

  bool IsAtEnd() {
    worker::v1::ControlResponse message;
    return reader_->Read(&message) == FrameStatus::kIncomplete;
  }

  void Greet() {
    Send(Hello());
    ASSERT_TRUE(Read().has_welcome());
  }

  bool IsOver() {
    return Eventually([this] { return socket_->over(); });
  }

  // With what the process's end is put down to.
  WorkerExit Exit(int status, int signal = 0) {
    WorkerExit exit;
    exit.exit_status = status;
    exit.signal = signal;
    worker_->OnExited(exit);
    return owner_->exit();
  }

  std::atomic<int> kills_{0};
  std::shared_ptr<Owner> owner_ = std::make_shared<Owner>();
  std::shared_ptr<Worker> worker_ = std::make_shared<Worker>("w-1", owner_);
  UniqueFd theirs_;
  std::unique_ptr<ControlSocket> socket_;
  std::unique_ptr<ControlReader> reader_;
};

TEST_F(ControlSocketTest, CarriesMessagesBothWaysOnceTheProcessIsWelcome) {
  worker_->Send(Ping(1));
  Greet();
  worker_->Send(Ping(2));
  EXPECT_EQ(Read().ping().number(), 1u) << "it waited for the handshake";
  EXPECT_EQ(Read().ping().number(), 2u);
  Send(Pong(3));
  EXPECT_TRUE(Eventually([this] { return owner_->pongs() == std::vector<uint64_t>{3}; }));
}

TEST_F(ControlSocketTest, BringsAllThatWasSentBeforeTheProcessEnded) {
  Greet();
  for (const uint64_t number : {1U, 2U, 3U}) Send(Pong(number));
  theirs_ = UniqueFd();
  ASSERT_TRUE(IsOver());
  EXPECT_THAT(owner_->pongs(), ElementsAre(1, 2, 3));
  EXPECT_EQ(owner_->lost(), 1);
  EXPECT_EQ(kills_, 0);
}

TEST_F(ControlSocketTest, EndsWhenTheProcessSaysThatNoMoreComes) {
  Greet();
  shutdown(theirs_.Get(), SHUT_WR);
  EXPECT_TRUE(IsAtEnd());
  EXPECT_TRUE(IsOver());
}

TEST_F(ControlSocketTest, EndsThoughTheProcessReadsNothing) {
  Greet();
  worker::v1::ControlResponse large;
  large.mutable_start()->set_arguments(std::string(size_t{1} << 20, 'x'));
  worker_->Send(large);
  shutdown(theirs_.Get(), SHUT_WR);
  EXPECT_TRUE(IsOver());
}

TEST_F(ControlSocketTest, RefusesAnotherVersionAndSaysWhy) {
  Send(Hello(kWorkerProtocolVersion + 1));
  EXPECT_THAT(Read().refused().reason(), HasSubstr("install both from one build"));
  EXPECT_TRUE(IsAtEnd());
  ASSERT_TRUE(IsOver());
  const WorkerExit exit = Exit(kWorkerExitLostServer);
  EXPECT_EQ(exit.reason, ExitReason::kLinkLost);
  EXPECT_THAT(exit.detail, HasSubstr("install both from one build"));
}

TEST_F(ControlSocketTest, HearsWhyTheProcessIsNotConfined) {
  worker::v1::ControlRequest hello = Hello();
  hello.mutable_hello()->set_not_confined("no such user");
  Send(hello);
  EXPECT_TRUE(Read().has_refused());
  ASSERT_TRUE(IsOver());
  EXPECT_THAT(Exit(kWorkerExitNotConfined).detail, HasSubstr("no such user"));
}

TEST_F(ControlSocketTest, KillsAProcessThatSendsWhatIsNoMessageAndKeepsWhatCameBefore) {
  Greet();
  Send(Pong(1));
  ASSERT_TRUE(SendAll(theirs_.Get(), std::string("\3\0\0\0\xff\xff\xff", 7)));
  ASSERT_TRUE(IsOver());
  EXPECT_THAT(owner_->pongs(), ElementsAre(1));
  EXPECT_EQ(kills_, 1);
  EXPECT_TRUE(IsAtEnd()) << "it is told";
  EXPECT_EQ(Exit(0, SIGKILL).reason, ExitReason::kLinkLost);
}

TEST_F(ControlSocketTest, KillsAProcessWhoseMessageIsTooLarge) {
  Greet();
  ASSERT_TRUE(SendAll(theirs_.Get(), "\xff\xff\xff\xff"));
  ASSERT_TRUE(IsOver());
  EXPECT_EQ(kills_, 1);
}

TEST_F(ControlSocketTest, KillsAProcessThatDoesNotSayHelloFirst) {
  Send(Pong(1));
  ASSERT_TRUE(IsOver());
  EXPECT_THAT(owner_->pongs(), IsEmpty());
  EXPECT_EQ(kills_, 1);
}

// With the worker goes its cgroup, and nobody may ever ask this pool for another.
TEST_F(ControlSocketTest, LetsGoOfItsWorkerAtTheEnd) {
  const std::weak_ptr<Worker> worker = worker_;
  worker_ = nullptr;
  EXPECT_FALSE(worker.expired());
  theirs_ = UniqueFd();
  ASSERT_TRUE(IsOver());
  EXPECT_TRUE(worker.expired());
}

TEST_F(ControlSocketTest, IsTakenApartWhileItsProcessLives) {
  Greet();
  socket_ = nullptr;
  EXPECT_TRUE(IsAtEnd()) << "the process sees that the server is gone";
}

}  // namespace
}  // namespace rsca::workers
