// A pool whose time stands still and whose processes are played by the test: the messages are those
// of real workers, the state machine is the real one.
#ifndef RSCA_TESTS_UNIT_SERVER_WORKERS_POOL_FIXTURE_H_
#define RSCA_TESTS_UNIT_SERVER_WORKERS_POOL_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/status.h"
#include "server/workers/worker_pool.h"
#include "tests/support/fake_timers.h"

namespace rsca::workers {

// What the pool did to a process.
struct ProcessLog {
  std::vector<std::string> calls;  // `signal 9`, `freeze`, `thaw`
  ProcessStats stats;
  uint64_t memory = 0;
  ProcessUsage usage;
  bool kernel_limits = false;
};

class PlayedProcess final : public ProcessHandle {
 public:
  PlayedProcess(int pid, ProcessLog* log) : pid_(pid), log_(log) {}
  int pid() const override { return pid_; }
  void Signal(int signal) override { log_->calls.push_back("signal " + std::to_string(signal)); }
  void Freeze() override { log_->calls.emplace_back("freeze"); }
  void Thaw() override { log_->calls.emplace_back("thaw"); }
  absl::StatusOr<ProcessStats> ReadStats() override { return log_->stats; }
  bool KernelLimitsMemory() const override { return log_->kernel_limits; }
  bool KernelLimitsCpu() const override { return log_->kernel_limits; }
  absl::StatusOr<uint64_t> ReadMemory() override { return log_->memory; }
  ProcessUsage ReadUsage() override { return log_->usage; }

 private:
  const int pid_;
  ProcessLog* const log_;
};

// The worker's side of one worker.
struct PlayedWorker {
  std::shared_ptr<Worker> worker;
  ProcessLog process;
  bool connected = false;
  bool ended = false;

  // Loads its protocol managers.
  void BecomeReady(const std::vector<std::string>& functions = {"f", "g"}) {
    connected = true;
    worker->OnControlOpened();
    worker->OnResultsOpened();
    worker::v1::ControlRequest message;
    message.mutable_ready();
    for (const std::string& name : functions) {
      message.mutable_ready()->add_functions()->set_name(name);
    }
    worker->OnControl(message);
  }

  // What the server has sent since the last time.
  std::vector<worker::v1::ControlResponse> Received() {
    // An end marker, because the outbox waits when it is empty.
    worker::v1::ControlResponse marker;
    marker.mutable_welcome();
    worker->control_outbox()->Push(marker);
    std::vector<worker::v1::ControlResponse> messages;
    worker::v1::ControlResponse message;
    while (worker->control_outbox()->Pop(&message) && !message.has_welcome()) {
      messages.push_back(message);
    }
    return messages;
  }

  // How many of them are of one kind.
  int CountReceived(worker::v1::ControlResponse::MessageCase kind) {
    int count = 0;
    for (const auto& message : Received()) count += message.message_case() == kind ? 1 : 0;
    return count;
  }
  bool WasAskedToShutDown() { return CountReceived(worker::v1::ControlResponse::kShutdown) > 0; }

  void Say(const worker::v1::ControlRequest& message) { worker->OnControl(message); }

  // Answers all pings, idle checks and suspensions that it has received.
  void Answer(bool idle = true) {
    for (const auto& received : Received()) {
      worker::v1::ControlRequest answer;
      if (received.has_ping()) {
        answer.mutable_pong()->set_number(received.ping().number());
      } else if (received.has_check_idle()) {
        answer.mutable_idle_status()->set_number(received.check_idle().number());
        answer.mutable_idle_status()->set_idle(idle);
      } else if (received.has_suspend()) {
        answer.mutable_suspended();
      } else {
        continue;
      }
      Say(answer);
    }
  }

  // The plug-in accepts a call.
  void Accept(uint64_t channel) {
    worker::v1::ControlRequest message;
    message.mutable_started()->set_channel(channel);
    Say(message);
  }

  // A conversation reports its final result.
  void Finish(uint64_t channel) {
    worker->OnResults({ReportFrame{channel, ReportKind::kFinal, 0, 0, {}}});
  }

  void End(int signal, int exit_status = 0) {
    ended = true;
    if (connected) {
      worker->OnControlClosed();
      worker->OnResultsClosed();
    }
    WorkerExit exit;
    exit.pid = worker->pid();
    exit.signal = signal;
    exit.exit_status = exit_status;
    exit.reason = signal > 0 ? ExitReason::kSignalled : ExitReason::kExited;
    worker->OnExited(exit);
  }
  void Crash() { End(SIGSEGV); }
  void Exit(int status = 0) { End(0, status); }

  bool WasKilled() const {
    return std::find(process.calls.begin(), process.calls.end(),
                     "signal " + std::to_string(SIGKILL)) != process.calls.end();
  }
};

class PlayedStarter final : public ProcessStarter {
 public:
  absl::StatusOr<std::unique_ptr<ProcessHandle>> Start(
      const PoolOptions&, const std::shared_ptr<Worker>& worker) override {
    if (!failure.ok()) return failure;
    workers.push_back(std::make_unique<PlayedWorker>());
    workers.back()->worker = worker;
    return std::make_unique<PlayedProcess>(1000 + static_cast<int>(workers.size()),
                                           &workers.back()->process);
  }

  absl::Status failure;
  std::vector<std::unique_ptr<PlayedWorker>> workers;
};

class PoolListenerLog final : public PoolListener {
 public:
  void OnPoolHealth(const std::string&, bool serving) override { health.push_back(serving); }
  std::vector<bool> health;
};

class Conversation final : public ActionListener {
 public:
  void OnStarted() override { events.emplace_back("started"); }
  void OnRefused(const Refusal& refusal) override {
    if (refusal.kind == Refusal::Kind::kNoWorker) {
      events.push_back("refused " + ErrorReason(refusal.status));
    } else {
      events.emplace_back("refused");
      exit = refusal.exit;
    }
  }
  void OnReports(absl::Span<Report> reports) override {
    events.push_back(reports.back().final ? "final" : "report");
  }
  void OnEnded(const End& end) override {
    events.emplace_back(end.kind == End::Kind::kWorkerRecycled ? "recycled" : "died");
    exit = end.exit;
  }
  void OnWorkerReplaced(const std::string& why) override { events.push_back("replaced " + why); }

  std::vector<std::string> events;
  WorkerExit exit;
};

// Options with all supervision off; tests switch on what they are about.
inline PoolOptions QuietOptions() {
  PoolOptions options;
  options.name = "a";
  options.startup_time_limit = absl::Seconds(90);
  options.shutdown_time_limit = absl::Seconds(90);
  options.restart_backoff_min = absl::Milliseconds(100);
  options.restart_backoff_max = absl::Seconds(30);
  options.pinging_enabled = false;
  options.ping_interval = absl::Seconds(30);
  options.ping_response_time = absl::Seconds(90);
  options.rapid_fail_protection = {false, 5, absl::Minutes(5)};
  options.quarantine = {false, 3, absl::Minutes(5)};
  options.quarantine_duration = absl::Minutes(10);
  return options;
}

class PoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PoolContext context;
    context.starter = &starter_;
    context.timers = &timers_;
    context.listener = &listener_;
    context.events = &events_;
    context.clock = [this] { return clock_; };
    context.zone = absl::UTCTimeZone();
    context_ = context;
  }

  // A timer or a closing thread may hold the pool still otherwise.
  void TearDown() override {
    if (pool_ == nullptr) return;
    pool_->Close();
    for (const auto& played : starter_.workers) {
      if (!played->ended) played->Exit();
    }
    EXPECT_TRUE(pool_->WaitUntilGone(absl::ZeroDuration()));
  }

  void Open(const PoolOptions& options) {
    pool_ = std::make_shared<WorkerPool>(options, context_);
    pool_->Open();
  }
  void OpenReady(const PoolOptions& options) {
    Open(options);
    for (size_t i = 0; i < options.max_processes; ++i) worker(i).BecomeReady();
  }

  // The workers in the order of their starts, from 0.
  PlayedWorker& worker(size_t index) { return *starter_.workers.at(index); }
  size_t started() const { return starter_.workers.size(); }

  // Starts a conversation that must be taken, and keeps its handle.
  std::shared_ptr<Conversation> Call(const std::string& function = "f") {
    auto conversation = std::make_shared<Conversation>();
    auto handle = pool_->Start({function, "{}", false, 100}, conversation);
    EXPECT_TRUE(handle.ok()) << handle.status();
    if (handle.ok()) handles_.push_back(*std::move(handle));
    return conversation;
  }
  std::string Refused(const std::string& function = "f") {
    return ErrorReason(
        pool_->Start({function, "{}", false, 100}, std::make_shared<Conversation>()).status());
  }

  // Moves time on in steps, in each of which the workers answer.
  void Live(absl::Duration time, absl::Duration step, bool idle = true) {
    for (absl::Duration passed; passed < time; passed += step) {
      timers_.Advance(step);
      for (const auto& played : starter_.workers) {
        if (!played->ended && played->connected) played->Answer(idle);
      }
    }
  }

  std::vector<std::string> Events() {
    std::vector<std::string> names;
    const auto reader = *events_.Open(0, [] {});
    const auto events = reader->Read(1000);
    EXPECT_TRUE(events.ok());
    for (const PoolEvent& event : *events) names.emplace_back(PoolEventKindName(event.kind));
    return names;
  }
  WorkerEnd LastEnd() {
    const PoolInfo info = pool_->Info();
    return info.last_ends.empty() ? WorkerEnd{} : info.last_ends.front();
  }

  FakeTimers timers_;
  absl::Time clock_ =
      absl::FromCivil(absl::CivilSecond(2026, 1, 10, 12, 0, 0), absl::UTCTimeZone());
  PlayedStarter starter_;
  PoolListenerLog listener_;
  PoolEvents events_{1000};
  PoolContext context_;
  std::shared_ptr<WorkerPool> pool_;
  std::vector<std::unique_ptr<ActionHandle>> handles_;
};

}  // namespace rsca::workers

#endif  // RSCA_TESTS_UNIT_SERVER_WORKERS_POOL_FIXTURE_H_
