#include "server/workers/worker.h"

#include <algorithm>
#include <csignal>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/worker_protocol.h"

namespace rsca::workers {
namespace {

bool WasAskedToEnd(ExitReason reason) {
  return reason == ExitReason::kStopped || reason == ExitReason::kIdle ||
         reason == ExitReason::kRecycled || reason == ExitReason::kShutdownTimeLimit;
}

// What conversations that had begun are told when the worker's process is gone. One that was asked
// to end, and then crashed instead, has crashed.
End EndOfProcess(const WorkerExit& exit) {
  const bool as_asked =
      exit.signal == 0 ? exit.exit_status == 0 : exit.reason == ExitReason::kShutdownTimeLimit;
  End end;
  end.kind =
      WasAskedToEnd(exit.reason) && as_asked ? End::Kind::kWorkerRecycled : End::Kind::kWorkerDied;
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
  void RefuseReports(int32_t hresult) override {
    if (const auto worker = worker_.lock()) {
      worker->control_outbox_.RefuseReports(channel_, hresult);
    }
  }

 private:
  const std::weak_ptr<Worker> worker_;
  const uint64_t channel_;
};

Worker::Worker(std::string name, std::weak_ptr<WorkerOwner> owner, bool recycled)
    : name_(std::move(name)), owner_(std::move(owner)), recycled_(recycled) {}

int Worker::pid() const {
  MutexLock lock(&mutex_);
  return process_ == nullptr ? 0 : process_->pid();
}

WorkerCounts Worker::counts() const {
  MutexLock lock(&mutex_);
  WorkerCounts counts = counts_;
  counts.conversations = static_cast<int>(channels_.size());
  counts.listeners = static_cast<int>(listeners_.size());
  return counts;
}

void Worker::SetProcess(std::unique_ptr<ProcessHandle> process) {
  MutexLock lock(&mutex_);
  process_ = std::move(process);
  if (kill_asked_) process_->Signal(SIGKILL);
}

ProcessHandle* Worker::process() const {
  MutexLock lock(&mutex_);
  return process_.get();
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
  channels_[channel].function = request.function;
  channels_[channel].listener = std::move(listener);
  ++(request.run_once ? counts_.runs : counts_.registrations);
  if (!request.again) ++counts_.requests;
  control_outbox_.Push(std::move(message));
  return std::make_unique<Handle>(weak_from_this(), channel);
}

void Worker::Stop(uint64_t channel, bool discard) {
  worker::v1::ControlResponse message;
  message.mutable_stop()->set_channel(channel);
  message.mutable_stop()->set_discard(discard);
  MutexLock lock(&mutex_);
  const auto found = channels_.find(channel);
  if (found != channels_.end()) found->second.stopping = true;
  control_outbox_.Push(std::move(message));
}

void Worker::Send(worker::v1::ControlResponse message) {
  MutexLock lock(&mutex_);
  if (message.has_start_listener()) listeners_.insert(message.start_listener().listener());
  control_outbox_.Push(std::move(message));
}

void Worker::TellReplaced(const std::string& why) {
  std::vector<std::shared_ptr<ActionListener>> listeners;
  {
    MutexLock lock(&mutex_);
    replaced_why_ = why;
    for (auto& [number, channel] : channels_) {
      if (!channel.started || channel.ended || channel.told_replaced) continue;
      channel.told_replaced = true;
      listeners.push_back(channel.listener);
    }
  }
  for (const auto& listener : listeners) listener->OnWorkerReplaced(why);
}

void Worker::Shutdown(bool immediate) {
  worker::v1::ControlResponse message;
  message.mutable_shutdown()->set_immediate(immediate);
  MutexLock lock(&mutex_);
  accepting_ = false;
  shutdown_asked_ = true;
  control_outbox_.Push(std::move(message));
}

void Worker::Kill() {
  MutexLock lock(&mutex_);
  kill_asked_ = true;
  if (process_ != nullptr) process_->Signal(SIGKILL);
}

void Worker::Signal(int signal) {
  MutexLock lock(&mutex_);
  if (process_ != nullptr) process_->Signal(signal);
}

void Worker::Decide(ExitReason reason, const std::string& detail) {
  MutexLock lock(&mutex_);
  if (exit_.has_value()) return;
  const bool late = decision_.has_value() && reason == ExitReason::kShutdownTimeLimit &&
                    WasAskedToEnd(decision_->reason);
  if (!decision_.has_value() || late) decision_ = Decision{reason, detail};
}

void Worker::OnNotConfined(const std::string& why) {
  MutexLock lock(&mutex_);
  not_confined_why_ = why;
}

void Worker::OnControlOpened() {
  MutexLock lock(&mutex_);
  control_.opened = true;
}

void Worker::OnResultsOpened(int socket) {
  {
    MutexLock lock(&mutex_);
    results_.opened = true;
  }
  credit_outbox_.Open(socket);
  TellReady();
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
    case worker::v1::ControlRequest::kListenerEvent:
      OnListenerEvent(message.listener_event());
      [[fallthrough]];
    case worker::v1::ControlRequest::kPong:
    case worker::v1::ControlRequest::kIdleStatus:
    case worker::v1::ControlRequest::kSuspended:
    case worker::v1::ControlRequest::kRequest:
    case worker::v1::ControlRequest::kPreloaded:
      if (const auto owner = owner_.lock()) owner->OnWorkerMessage(this, message);
      return;
    case worker::v1::ControlRequest::kHello:
    case worker::v1::ControlRequest::MESSAGE_NOT_SET:
      return;
  }
}

// Ready needs both: a conversation that began before its results could come would lose them with an
// early death.
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

void Worker::OnListenerEvent(const worker::v1::ListenerEvent& event) {
  if (!event.has_refused() && !event.has_stopped()) return;
  bool quiet = false;
  {
    MutexLock lock(&mutex_);
    quiet = listeners_.erase(event.listener()) > 0 && listeners_.empty() && channels_.empty();
  }
  TellQuiet(quiet);
}

bool Worker::Erase(Channels::iterator channel) {
  channels_.erase(channel);
  return channels_.empty() && listeners_.empty();
}

void Worker::TellQuiet(bool quiet) {
  if (!quiet) return;
  if (const auto owner = owner_.lock()) owner->OnWorkerQuiet(this);
}

void Worker::OnStarted(const worker::v1::Started& started) {
  std::shared_ptr<ActionListener> listener;
  std::optional<std::string> replaced;
  bool quiet = false;
  bool leaving = false;
  {
    MutexLock lock(&mutex_);
    leaving = shutdown_asked_ && started.hresult() == kHrShuttingDown;
    const auto found = channels_.find(started.channel());
    if (found == channels_.end() || found->second.started) return;
    listener = found->second.listener;
    found->second.started = true;
    if (started.hresult() < 0 || found->second.ended) {
      quiet = Erase(found);
    } else if (replaced_why_.has_value()) {
      found->second.told_replaced = true;
      replaced = replaced_why_;
    }
  }
  if (started.hresult() >= 0) {
    listener->OnStarted();
    if (replaced.has_value()) listener->OnWorkerReplaced(*replaced);
    return TellQuiet(quiet);
  }
  Refusal refusal;
  if (leaving) refusal.kind = Refusal::Kind::kWorkerLeaving;
  refusal.hresult = started.hresult();
  refusal.message = started.message();
  for (const worker::v1::FieldViolation& violation : started.violations()) {
    refusal.violations.emplace_back(violation.field(), violation.description());
  }
  listener->OnRefused(refusal);
  TellQuiet(quiet);
}

void Worker::OnResults(absl::Span<const ReportFrame> reports) {
  std::vector<Report> run;  // of one channel
  run.reserve(reports.size());
  uint64_t channel = 0;
  for (const ReportFrame& report : reports) {
    if (report.channel != channel || report.kind > ReportKind::kFinal) {
      Deliver(channel, &run);
      channel = report.channel;
    }
    if (report.kind > ReportKind::kFinal) {
      DeliverEnd(report);
    } else {
      run.push_back({report.hr_status, report.kind == ReportKind::kFinal, report.response,
                     absl::FromUnixNanos(report.report_time_unix_nanos)});
    }
  }
  Deliver(channel, &run);
}

void Worker::Deliver(uint64_t channel, std::vector<Report>* reports) {
  if (reports->empty()) return;
  std::shared_ptr<ActionListener> listener;
  bool quiet = false;
  {
    MutexLock lock(&mutex_);
    const auto found = channels_.find(channel);
    // A refused channel's reports are dropped; so is what a worker says after the end.
    if (found != channels_.end() && !found->second.ended) {
      listener = found->second.listener;
      counts_.results += static_cast<int64_t>(reports->size());
      const auto final = std::find_if(reports->begin(), reports->end(),
                                      [](const Report& report) { return report.final; });
      if (final != reports->end()) {
        final->shutdown = WhyItShutsDown();
        found->second.ended = true;
        if (found->second.started) quiet = Erase(found);
      }
    }
  }
  if (listener != nullptr) listener->OnReports(absl::MakeSpan(*reports));
  reports->clear();
  TellQuiet(quiet);
}

void Worker::DeliverEnd(const ReportFrame& report) {
  End end;
  end.hresult = report.hr_status;
  switch (report.kind) {
    case ReportKind::kUnregistered:
      end.kind = End::Kind::kUnregistered;
      break;
    case ReportKind::kResultsLost:
      end.kind = End::Kind::kResultsLost;
      break;
    default:
      end.kind = End::Kind::kDropped;
      break;
  }
  std::shared_ptr<ActionListener> listener;
  bool quiet = false;
  {
    MutexLock lock(&mutex_);
    const auto found = channels_.find(report.channel);
    if (found == channels_.end() || found->second.ended) return;
    listener = found->second.listener;
    const auto shutdown = WhyItShutsDown();
    // Of a plug-in that is shut down, dropping its callback says nothing more.
    if (end.kind == End::Kind::kDropped && shutdown != nullptr && !found->second.stopping) {
      end.kind = End::Kind::kWorkerRecycled;
      end.exit = *shutdown;
    }
    found->second.ended = true;
    if (found->second.started) quiet = Erase(found);
  }
  listener->OnEnded(end);
  TellQuiet(quiet);
}

void Worker::OnControlClosed() {
  control_outbox_.Close();
  {
    MutexLock lock(&mutex_);
    control_.closed = true;
  }
  OnLinkClosed();
}

void Worker::OnResultsClosed() {
  credit_outbox_.Close();
  {
    MutexLock lock(&mutex_);
    results_.closed = true;
  }
  OnLinkClosed();
}

void Worker::OnLinkClosed() {
  {
    MutexLock lock(&mutex_);
    accepting_ = false;
  }
  if (const auto owner = owner_.lock()) owner->OnWorkerLinkLost(this);
  BuryIfDead();
}

void Worker::OnExited(const WorkerExit& exit) {
  {
    MutexLock lock(&mutex_);
    exit_ = exit;
    SetReason(&*exit_);
    accepting_ = false;
  }
  BuryIfDead();
}

// What the server decided counts before what the process made of it.
void Worker::SetReason(WorkerExit* exit) const {
  if (decision_.has_value()) {
    exit->reason = decision_->reason;
    exit->detail = decision_->detail;
  } else if (exit->signal == 0 && exit->exit_status == kWorkerExitLostServer) {
    exit->reason = ExitReason::kLinkLost;
  } else if (exit->signal == 0 && exit->exit_status == kWorkerExitNotConfined) {
    exit->detail = absl::StrCat("it could not limit itself as its pool is configured: ",
                                not_confined_why_.empty() ? "its log says why" : not_confined_why_);
  }
}

std::shared_ptr<const WorkerExit> Worker::WhyItShutsDown() const {
  if (!shutdown_asked_ || !decision_.has_value() || !WasAskedToEnd(decision_->reason)) {
    return nullptr;
  }
  auto exit = std::make_shared<WorkerExit>();
  exit->pid = process_ == nullptr ? 0 : process_->pid();
  exit->reason = decision_->reason;
  exit->detail = decision_->detail;
  return exit;
}

void Worker::BuryIfDead() {
  Channels orphans;
  WorkerExit exit;
  {
    MutexLock lock(&mutex_);
    if (buried_ || !exit_.has_value() || !control_.Over() || !results_.Over()) return;
    buried_ = true;
    exit = *exit_;
    orphans.swap(channels_);
    listeners_.clear();
  }
  // The owner first: whoever begins again when it hears of the end finds the pool as it is then.
  const auto owner = owner_.lock();
  if (owner != nullptr) owner->OnWorkerEnded(this, exit, Suspects(orphans));
  for (auto& [number, channel] : orphans) {
    if (!channel.started) {
      Refusal refusal;
      refusal.kind = Refusal::Kind::kWorkerDied;
      refusal.message = absl::StrCat("the worker process ", DescribeExit(exit), " in the call");
      refusal.exit = exit;
      channel.listener->OnRefused(refusal);
    } else {
      channel.listener->OnEnded(EndOfProcess(exit));
    }
  }
  if (owner != nullptr) owner->OnWorkerGone(this);
}

std::vector<std::string> Worker::Suspects(const Channels& channels) {
  std::set<std::string> called;
  std::set<std::string> live;
  for (const auto& [number, channel] : channels) {
    live.insert(channel.function);
    if (!channel.started || channel.stopping) called.insert(channel.function);
  }
  const std::set<std::string>& suspects = called.empty() ? live : called;
  return {suspects.begin(), suspects.end()};
}

}  // namespace rsca::workers
