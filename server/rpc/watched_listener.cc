#include "server/rpc/watched_listener.h"

#include <utility>

#include "absl/time/clock.h"
#include "server/actions/errors.h"

namespace rsca::rpc {

WatchedListener::WatchedListener(const actions::ListenerRequest& request) {
  MutexLock lock(&mutex_);
  view_.info.request = request;
  view_.info.create_time = absl::Now();
}

void WatchedListener::SetId(uint32_t id) {
  MutexLock lock(&mutex_);
  view_.info.id = id;
}

WatchedListener::View WatchedListener::Now() const {
  MutexLock lock(&mutex_);
  return view_;
}

WatchedListener::View WatchedListener::NowAndThen(const void* reader, std::function<void()> wake) {
  MutexLock lock(&mutex_);
  waiting_[reader] = std::move(wake);
  return view_;
}

void WatchedListener::Forget(const void* reader) {
  MutexLock lock(&mutex_);
  waiting_.erase(reader);
}

void WatchedListener::OnListenerStarted(const actions::ListenerInfo& info) {
  Change([&info](View* view) {
    view->info = info;
    ++view->starts;
  });
}

void WatchedListener::OnListenerMessages(const actions::ListenerInfo& info) {
  Change([&info](View* view) { view->info = info; });
}

void WatchedListener::OnListenerRefused(int32_t hresult, const std::string& message) {
  Change([hresult, &message](View* view) {
    workers::Refusal refusal;
    refusal.hresult = hresult;
    refusal.message = message;
    view->refusal = actions::FromRefusal(view->info.request.protocol, refusal);
  });
}

void WatchedListener::OnListenerStopped(const actions::ListenerInfo& info) {
  Change([&info](View* view) { view->info = info; });
}

void WatchedListener::Change(const std::function<void(View*)>& change) {
  std::unordered_map<const void*, std::function<void()>> waiting;
  {
    MutexLock lock(&mutex_);
    change(&view_);
    waiting.swap(waiting_);
  }
  for (const auto& [reader, wake] : waiting) wake();
}

}  // namespace rsca::rpc
