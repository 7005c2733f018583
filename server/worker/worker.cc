#include "server/worker/worker.h"

#include <chrono>
#include <utility>

#include "common/log.h"
#include "common/status.h"
#include "common/unique_fd.h"
#include "common/worker_protocol.h"
#include "server/worker/hello.h"
#include "server/worker/settings.h"

namespace rsca::worker {
namespace {

// For unregister calls that are under way when a graceful shutdown begins.
constexpr absl::Duration kCallPatience = absl::Seconds(5);

// For listener channels to finish what they have begun.
constexpr absl::Duration kListenerPatience = absl::Seconds(30);

// For the server to end its side of a socket once ours is done.
constexpr absl::Duration kSocketPatience = absl::Seconds(5);

PluginSinks MakeSinks(const v1::Bootstrap& bootstrap) {
  auto sender = std::make_shared<ControlSender>();
  auto requests = std::make_shared<Requests>(sender);
  auto preloading = std::make_shared<Preloading>(std::make_shared<const Applications>(bootstrap),
                                                 sender, bootstrap.recycled());
  return {std::move(sender), std::move(requests), std::move(preloading)};
}

FrameworkServices MakeServices(const v1::Bootstrap& bootstrap, const PluginSinks& sinks) {
  return {MakeSettings(bootstrap), std::make_shared<const Applications>(bootstrap), sinks.requests,
          sinks.preloading};
}

ReportLimits LimitsOf(const v1::Bootstrap& bootstrap) {
  return ReportLimits{bootstrap.max_response_bytes(), bootstrap.max_results_per_second(),
                      std::chrono::milliseconds(bootstrap.report_wait_ms())};
}

}  // namespace

Worker::Worker(v1::Bootstrap bootstrap, std::function<void()> lost)
    : bootstrap_(std::move(bootstrap)),
      told_lost_(std::move(lost)),
      sinks_(MakeSinks(bootstrap_)),
      plugins_(bootstrap_, MakeServices(bootstrap_, sinks_)),
      pool_(std::make_unique<PluginCallPool>(bootstrap_.max_plugin_calls())),
      channels_(std::make_unique<Channels>(LimitsOf(bootstrap_), queue_, &plugins_, pool_.get(),
                                           [this](const v1::Started& started) {
                                             v1::ControlRequest request;
                                             *request.mutable_started() = started;
                                             control_->Send(request);
                                           })),
      services_(std::make_unique<PluginServices>(sinks_, &plugins_, pool_.get())),
      results_(std::make_unique<ResultsLink>(UniqueFd(bootstrap_.results_descriptor()), queue_)),
      control_(std::make_unique<ControlLink>(UniqueFd(bootstrap_.control_descriptor()))) {}

Worker::~Worker() {
  {
    MutexLock lock(&mutex_);
    closing_ = true;
  }
  channels_->Abandon();
  results_ = nullptr;
  pool_->Close();
  services_->Close();
  // The pool's calls send on the control socket, whose reader starts calls on the pool: first end
  // the calls, which begin no more, then the reader, then the pool's threads.
  pool_->WaitIdle(absl::InfiniteDuration());
  sinks_.sender->Close();
  control_ = nullptr;
  services_ = nullptr;
  pool_ = nullptr;
}

int Worker::Run() {
  if (!Connect()) return kWorkerExitLostServer;
  v1::ControlRequest ready;
  *ready.mutable_ready() = plugins_.Load();
  control_->Send(ready);
  LogInfo("worker ready", {{"worker", bootstrap_.worker()},
                           {"functions", ready.ready().functions_size()},
                           {"failures", ready.ready().failures_size()}});
  services_->PreloadAtStart();
  const bool immediate = WaitForEnd();
  LogInfo("worker shuts down", {{"worker", bootstrap_.worker()}, {"immediate", immediate}});
  ShutDown(immediate);
  return was_lost() ? kWorkerExitLostServer : 0;
}

bool Worker::Connect() {
  const absl::Status status = control_->Open(MakeHello());
  if (!status.ok()) {
    LogError("the server cannot be reached, or refused this worker",
             {{"worker", bootstrap_.worker()}, {"error", DescribeError(status)}});
    return false;
  }
  sinks_.sender->Open(control_.get());
  results_->Open([this](const CreditFrame& credit) { channels_->AddCredit(credit); },
                 [this] { Lose(); });
  control_->Listen([this](const v1::ControlResponse& message) { Handle(message); },
                   [this] { Lose(); });
  return true;
}

void Worker::Handle(const v1::ControlResponse& message) {
  switch (message.message_case()) {
    case v1::ControlResponse::kStart:
      channels_->Start(message.start());
      break;
    case v1::ControlResponse::kStop:
      channels_->Stop(message.stop());
      break;
    case v1::ControlResponse::kRefuseReports:
      channels_->RefuseReports(message.refuse_reports());
      break;
    case v1::ControlResponse::kShutdown:
      RequestShutdown(message.shutdown().immediate());
      break;
    default:
      if (services_->Handle(message)) return;
      LogWarning("unknown message from the server",
                 {{"case", static_cast<int>(message.message_case())}});
      break;
  }
}

void Worker::RequestShutdown(bool immediate) {
  {
    MutexLock lock(&mutex_);
    shutdown_ = true;
    immediate_ = immediate_ || immediate;
    changed_.NotifyAll();
  }
  channels_->BeginShutdown();
  services_->BeginShutdown(immediate);
}

void Worker::Lose() {
  {
    MutexLock lock(&mutex_);
    if (closing_ || lost_) return;
    lost_ = true;
    changed_.NotifyAll();
  }
  LogWarning("the server is gone", {{"worker", bootstrap_.worker()}});
  told_lost_();
  queue_->Abandon();
  channels_->Abandon();
}

// Returns whether to hurry.
bool Worker::WaitForEnd() {
  MutexLock lock(&mutex_);
  while (!shutdown_ && !lost_) changed_.Wait(&mutex_);
  return immediate_ || lost_;
}

void Worker::ShutDown(bool immediate) {
  services_->BeginShutdown(immediate);
  if (!services_->WaitUntilListenersStopped(immediate ? kCallPatience : kListenerPatience)) {
    LogWarning("listener channels have not stopped in time", {{"worker", bootstrap_.worker()}});
  }
  if (!immediate) pool_->WaitIdle(kCallPatience);
  pool_->Close();
  plugins_.Shutdown(immediate || was_lost());
  queue_->Close();
  results_->Drain(kSocketPatience);
  {
    MutexLock lock(&mutex_);
    closing_ = true;
  }
  control_->Close(kSocketPatience);
}

bool Worker::idle() { return pool_->WaitIdle(absl::ZeroDuration()) && services_->idle(); }

bool Worker::was_lost() {
  MutexLock lock(&mutex_);
  return lost_;
}

}  // namespace rsca::worker
