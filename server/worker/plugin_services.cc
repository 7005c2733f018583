#include "server/worker/plugin_services.h"

#include <limits>
#include <utility>
#include <vector>

namespace rsca::worker {
namespace {

using Failures = std::vector<v1::WorkerFailure>;

void FillPong(uint64_t number, const Failures& failures, v1::ControlRequest* request) {
  request->mutable_pong()->set_number(number);
  if (!failures.empty()) *request->mutable_pong()->mutable_failure() = failures.front();
}

void FillIdleStatus(uint64_t number, const Failures& failures, v1::ControlRequest* request) {
  request->mutable_idle_status()->set_number(number);
  request->mutable_idle_status()->set_idle(failures.empty());
}

void FillSuspended(uint64_t /*number*/, const Failures& failures, v1::ControlRequest* request) {
  request->mutable_suspended()->mutable_failures()->Add(failures.begin(), failures.end());
}

}  // namespace

// The pool's size needs no limit: each survey has one call for each protocol manager at most.
PluginServices::PluginServices(PluginSinks sinks, Plugins* plugins, PluginCallPool* pool)
    : sinks_(std::move(sinks)),
      plugins_(plugins),
      pool_(pool),
      watch_pool_(std::numeric_limits<size_t>::max()),
      health_(
          std::make_shared<Survey>(WithDone(HealthQuestion(), FillPong), plugins, &watch_pool_)),
      idle_(std::make_shared<Survey>(WithDone(IdleQuestion(), FillIdleStatus), plugins,
                                     &watch_pool_)),
      suspend_(std::make_shared<Survey>(WithDone(SuspendQuestion(), FillSuspended), plugins,
                                        &watch_pool_)),
      listeners_(std::make_shared<Listeners>(plugins, pool, sinks_.sender)) {}

PluginServices::~PluginServices() { Close(); }

Survey::Question PluginServices::WithDone(Survey::Question question,
                                          void (*fill)(uint64_t, const Failures&,
                                                       v1::ControlRequest*)) const {
  question.done = [sender = sinks_.sender, fill](uint64_t number, const Failures& failures) {
    v1::ControlRequest request;
    fill(number, failures, &request);
    sender->Send(request);
  };
  return question;
}

bool PluginServices::Handle(const v1::ControlResponse& message) {
  switch (message.message_case()) {
    case v1::ControlResponse::kPing:
      if (const auto failure = sinks_.requests->next_ping_failure()) {
        v1::ControlRequest request;
        FillPong(message.ping().number(), {*failure}, &request);
        sinks_.sender->Send(request);
      } else {
        health_->Ask(message.ping().number());
      }
      return true;
    case v1::ControlResponse::kCheckIdle:
      idle_->Ask(message.check_idle().number());
      return true;
    case v1::ControlResponse::kSuspend:
      suspend_->Ask(0);
      return true;
    case v1::ControlResponse::kStartListener:
      listeners_->Start(message.start_listener());
      return true;
    case v1::ControlResponse::kStopListener:
      listeners_->Stop(message.stop_listener());
      return true;
    case v1::ControlResponse::kPreloadApplication:
      sinks_.preloading->Start(message.preload_application(), plugins_, pool_);
      return true;
    default:
      return false;
  }
}

void PluginServices::PreloadAtStart() { sinks_.preloading->StartAll(plugins_, pool_); }

void PluginServices::Close() {
  health_->Close();
  idle_->Close();
  suspend_->Close();
  listeners_->Close();
  watch_pool_.Close();
}

}  // namespace rsca::worker
