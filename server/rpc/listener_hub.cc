#include "server/rpc/listener_hub.h"

#include <utility>

#include "server/actions/errors.h"

namespace rsca::rpc {
namespace {

constexpr size_t kMaxListeners = 1000;
constexpr size_t kStoppedKept = 100;

}  // namespace

absl::StatusOr<std::shared_ptr<WatchedListener>> ListenerHub::Start(
    const actions::ListenerRequest& request) {
  {
    MutexLock lock(&mutex_);
    if (ForgetEnded() >= kMaxListeners) {
      return actions::LimitExceeded("listener_channels", kMaxListeners,
                                    "too many listener channels are open");
    }
  }
  auto listener = std::make_shared<WatchedListener>(request);
  const absl::StatusOr<uint32_t> id = pools_->StartListener(request, listener);
  if (!id.ok()) return id.status();
  listener->SetId(*id);
  MutexLock lock(&mutex_);
  listeners_.emplace(*id, listener);
  return listener;
}

absl::StatusOr<std::shared_ptr<WatchedListener>> ListenerHub::Stop(uint32_t id, bool immediate) {
  absl::Status status = pools_->StopListener(id, immediate);
  MutexLock lock(&mutex_);
  const auto found = listeners_.find(id);
  if (found != listeners_.end() && !found->second->Now().refusal.has_value()) return found->second;
  // It never was, was refused, or is just being started.
  return status.ok() ? actions::ListenerNotFound(id) : status;
}

std::vector<actions::ListenerInfo> ListenerHub::List() const {
  // The pools know best of those that live.
  std::map<uint32_t, actions::ListenerInfo> infos;
  for (actions::ListenerInfo& info : pools_->listeners()) infos[info.id] = std::move(info);
  {
    MutexLock lock(&mutex_);
    for (const auto& [id, listener] : listeners_) {
      const WatchedListener::View view = listener->Now();
      if (view.ended() && !view.refusal.has_value()) infos[id] = view.info;
    }
  }
  std::vector<actions::ListenerInfo> list;
  list.reserve(infos.size());
  for (auto& [id, info] : infos) list.push_back(std::move(info));
  return list;
}

size_t ListenerHub::ForgetEnded() {
  size_t stopped = 0;
  // The newest ones first.
  for (auto listener = listeners_.rbegin(); listener != listeners_.rend();) {
    const WatchedListener::View view = listener->second->Now();
    const bool forget = view.refusal.has_value() || (view.ended() && ++stopped > kStoppedKept);
    if (forget) {
      listener = std::make_reverse_iterator(listeners_.erase(std::next(listener).base()));
    } else {
      ++listener;
    }
  }
  return listeners_.size() - std::min(stopped, kStoppedKept);
}

}  // namespace rsca::rpc
