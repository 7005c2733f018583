#include "server/workers/worker.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status.h"

namespace rsca::workers {
namespace {

// What conversations that had begun are told when the worker's process is gone.
End EndOfProcess(const WorkerExit& exit, bool shutdown_asked) {
  End end;
  const bool as_asked = shutdown_asked && exit.signal == 0 && exit.exit_status == 0;
  end.kind = as_asked ? End::Kind::kWorkerRecycled : End::Kind::kWorkerDied;
  end.exit = exit;
  return end;
}

}  // namespace

class Worker::Handle final : public ActionHandle {
 public:
  Handle(std::weak_ptr<Worker> worker, uint64_t channel)
      : worker_(std::move(worker)), channel_(channel) {}

  void Stop(bool discard) override {
    if (const auto worker = worker_.lock()) worker->Stop(channel_, discard);
  }
  void Grant(uint64_t bytes) override {
    if (const auto worker = worker_.lock()) worker->credit_outbox_.Add(channel_, bytes);
  }

 private:
  const std::weak_ptr<Worker> worker_;
  const uint64_t channel_;
};

Worker::Worker(std::string name, std::string secret, std::weak_ptr<WorkerOwner> owner)
    : name_(std::move(name)), secret_(std::move(secret)), owner_(std::move(owner)) {}

Worker::~Worker() {
  MutexLock lock(&mutex_);
  if (pidfd_ >= 0) close(pidfd_);
}

int Worker::pid() const {
  MutexLock lock(&mutex_);
  return pid_;
}

void Worker::SetProcess(int pid, int pidfd) {
  MutexLock lock(&mutex_);
  pid_ = pid;
  pidfd_ = pidfd;
}

absl::StatusOr<std::unique_ptr<ActionHandle>> Worker::Start(
    const StartRequest& request, std::shared_ptr<ActionListener> listener) {
  worker::v1::ControlResponse message;
  worker::v1::Start* start = message.mutable_start();
  start->set_function(request.function);
  start->set_arguments(request.arguments);
  start->set_run_once(request.run_once);
  start->set_credit_bytes(request.credit_bytes);
  MutexLock lock(&mutex_);
  if (!accepting_) return absl::UnavailableError("the worker takes no calls");
  const uint64_t channel = ++last_channel_;
  start->set_channel(channel);
  channels_[channel].listener = std::move(listener);
  control_outbox_.Push(std::move(message));
  return std::make_unique<Handle>(weak_from_this(), channel);
}

void Worker::Stop(uint64_t channel, bool discard) {
  worker::v1::ControlResponse message;
  message.mutable_stop()->set_channel(channel);
  message.mutable_stop()->set_discard(discard);
  control_outbox_.Push(std::move(message));
}

void Worker::Shutdown(bool immediate) {
  worker::v1::ControlResponse message;
  message.mutable_shutdown()->set_immediate(immediate);
  MutexLock lock(&mutex_);
  accepting_ = false;
  shutdown_asked_ = true;
  control_outbox_.Push(std::move(message));
}

void Worker::Signal(int signal) {
  MutexLock lock(&mutex_);
  if (pidfd_ >= 0) syscall(SYS_pidfd_send_signal, pidfd_, signal, nullptr, 0);
}

bool Worker::OnControlOpened() {
  MutexLock lock(&mutex_);
  if (control_.opened || buried_) return false;
  control_.opened = true;
  return true;
}

bool Worker::OnResultsOpened() {
  {
    MutexLock lock(&mutex_);
    if (results_.opened || buried_) return false;
    results_.opened = true;
  }
  TellReady();
  return true;
}

void Worker::OnControl(const worker::v1::ControlRequest& message) {
  switch (message.message_case()) {
    case worker::v1::ControlRequest::kReady: {
      {
        MutexLock lock(&mutex_);
        ready_ = std::make_unique<worker::v1::Ready>(message.ready());
      }
      return TellReady();
    }
    case worker::v1::ControlRequest::kStarted:
      return OnStarted(message.started());
    case worker::v1::ControlRequest::kHello:
    case worker::v1::ControlRequest::kPong:
    case worker::v1::ControlRequest::kIdleStatus:
    case worker::v1::ControlRequest::kSuspended:
    case worker::v1::ControlRequest::kRequest:
    case worker::v1::ControlRequest::kListenerEvent:
    case worker::v1::ControlRequest::kPreloaded:
    case worker::v1::ControlRequest::MESSAGE_NOT_SET:
      return;
  }
}

// Ready needs both streams: a conversation that began before `Results` was there could lose results
// with an early death.
void Worker::TellReady() {
  std::unique_ptr<worker::v1::Ready> ready;
  {
    MutexLock lock(&mutex_);
    if (ready_ == nullptr || !results_.opened) return;
    ready = std::move(ready_);
    accepting_ = !shutdown_asked_;
  }
  if (const auto owner = owner_.lock()) owner->OnWorkerReady(this, *ready);
}

void Worker::OnStarted(const worker::v1::Started& started) {
  std::shared_ptr<ActionListener> listener;
  {
    MutexLock lock(&mutex_);
    const auto found = channels_.find(started.channel());
    if (found == channels_.end() || found->second.started) return;
    listener = found->second.listener;
    found->second.started = true;
    if (started.hresult() < 0 || found->second.ended) channels_.erase(found);
  }
  if (started.hresult() >= 0) return listener->OnStarted();
  Refusal refusal;
  refusal.hresult = started.hresult();
  refusal.message = started.message();
  for (const worker::v1::FieldViolation& violation : started.violations()) {
    refusal.violations.emplace_back(violation.field(), violation.description());
  }
  listener->OnRefused(refusal);
}

void Worker::OnResults(worker::v1::ResultsRequest* message) {
  std::vector<Report> reports;
  uint64_t channel = 0;
  for (worker::v1::Report& report : *message->mutable_reports()) {
    if (report.channel() != channel) {
      Deliver(channel, std::exchange(reports, {}));
      channel = report.channel();
    }
    if (report.has_ended()) {
      Deliver(channel, std::exchange(reports, {}));
      DeliverEnd(channel, report.ended());
    } else {
      reports.push_back({report.hr_status(), report.final(), std::move(*report.mutable_response()),
                         absl::FromUnixNanos(report.report_time_unix_nanos())});
    }
  }
  Deliver(channel, std::move(reports));
}

void Worker::Deliver(uint64_t channel, std::vector<Report> reports) {
  if (reports.empty()) return;
  std::shared_ptr<ActionListener> listener;
  {
    MutexLock lock(&mutex_);
    const auto found = channels_.find(channel);
    // A refused channel's reports are dropped; so is what a worker says after the end.
    if (found == channels_.end() || found->second.ended) return;
    listener = found->second.listener;
    if (std::any_of(reports.begin(), reports.end(), [](const Report& r) { return r.final; })) {
      found->second.ended = true;
      if (found->second.started) channels_.erase(found);
    }
  }
  listener->OnReports(absl::MakeSpan(reports));
}

void Worker::DeliverEnd(uint64_t channel, const worker::v1::Ended& ended) {
  End end;
  end.hresult = ended.hresult();
  switch (ended.reason()) {
    case worker::v1::Ended::REASON_UNREGISTERED:
      end.kind = End::Kind::kUnregistered;
      break;
    case worker::v1::Ended::REASON_RESULTS_LOST:
      end.kind = End::Kind::kResultsLost;
      break;
    default:
      end.kind = End::Kind::kDropped;
      break;
  }
  std::shared_ptr<ActionListener> listener;
  {
    MutexLock lock(&mutex_);
    const auto found = channels_.find(channel);
    if (found == channels_.end() || found->second.ended) return;
    listener = found->second.listener;
    found->second.ended = true;
    if (found->second.started) channels_.erase(found);
  }
  listener->OnEnded(end);
}

void Worker::OnControlClosed() {
  control_outbox_.Close();
  {
    MutexLock lock(&mutex_);
    control_.closed = true;
    accepting_ = false;
  }
  if (const auto owner = owner_.lock()) owner->OnWorkerLinkLost(this);
  BuryIfDead();
}

void Worker::OnResultsClosed() {
  credit_outbox_.Close();
  {
    MutexLock lock(&mutex_);
    results_.closed = true;
    accepting_ = false;
  }
  if (const auto owner = owner_.lock()) owner->OnWorkerLinkLost(this);
  BuryIfDead();
}

void Worker::OnExited(const WorkerExit& exit) {
  {
    MutexLock lock(&mutex_);
    exit_ = std::make_unique<WorkerExit>(exit);
    accepting_ = false;
  }
  BuryIfDead();
}

void Worker::BuryIfDead() {
  std::unordered_map<uint64_t, Channel> orphans;
  WorkerExit exit;
  bool shutdown_asked = false;
  {
    MutexLock lock(&mutex_);
    if (buried_ || exit_ == nullptr || !control_.Over() || !results_.Over()) return;
    buried_ = true;
    exit = *exit_;
    shutdown_asked = shutdown_asked_;
    orphans.swap(channels_);
  }
  for (auto& [number, channel] : orphans) {
    if (!channel.started) {
      Refusal refusal;
      refusal.kind = Refusal::Kind::kWorkerDied;
      refusal.message = absl::StrCat("the worker process ", DescribeExit(exit), " in the call");
      refusal.exit = exit;
      channel.listener->OnRefused(refusal);
    } else {
      channel.listener->OnEnded(EndOfProcess(exit, shutdown_asked));
    }
  }
  if (const auto owner = owner_.lock()) owner->OnWorkerGone(this, exit);
}

}  // namespace rsca::workers
