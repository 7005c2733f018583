#include "server/worker/listeners.h"

#include <pthread.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/hresult.h"
#include "common/log.h"

namespace rsca::worker {
namespace {

// Between two counts of messages of one channel.
constexpr std::chrono::milliseconds kPause(250);

std::vector<std::shared_ptr<ProtocolManager>> Candidates(Plugins* plugins,
                                                         const std::string& name) {
  std::vector<std::shared_ptr<ProtocolManager>> candidates;
  for (auto& manager : plugins->managers()) {
    if (manager->can_listen() && (name.empty() || manager->name() == name)) {
      candidates.push_back(std::move(manager));
    }
  }
  return candidates;
}

}  // namespace

Listeners::Listeners(Plugins* plugins, PluginCallPool* pool, std::shared_ptr<ControlSender> sender)
    : plugins_(plugins),
      pool_(pool),
      sender_(std::move(sender)),
      thread_([this] { SendEvents(); }) {}

Listeners::~Listeners() { Close(); }

void Listeners::Start(const v1::StartListener& start) {
  const auto listener = std::make_shared<Listener>(
      start, [weak = weak_from_this()](const std::shared_ptr<Listener>& changed, bool urgent) {
        if (const auto self = weak.lock()) self->Mark(changed, urgent);
      });
  bool shutting_down = false;
  {
    MutexLock lock(&mutex_);
    if (closed_) return;
    shutting_down = shutting_down_;
    if (!listeners_.emplace(start.listener(), listener).second) {
      LogWarning("a listener channel of this number is there already",
                 {{"listener", start.listener()}});
      return;
    }
  }
  const auto managers = Candidates(plugins_, start.protocol_manager());
  if (shutting_down) {
    listener->Refuse(kHrShuttingDown, "the worker is shutting down");
  } else if (managers.empty() && !start.protocol_manager().empty()) {
    listener->Refuse(kHrNotFound,
                     absl::StrCat("the worker has no protocol manager `", start.protocol_manager(),
                                  "` with listener channels"));
  } else if (!pool_->TryRun([listener, managers] { listener->Start(managers); })) {
    listener->Refuse(kHrBusy,
                     "every thread of the worker is in a plug-in call (`max_plugin_calls` of the "
                     "pool); try again");
  }
}

void Listeners::Stop(const v1::StopListener& stop) {
  std::shared_ptr<Listener> listener;
  {
    MutexLock lock(&mutex_);
    const auto found = listeners_.find(stop.listener());
    if (found == listeners_.end()) return;
    listener = found->second;
  }
  StopOne(listener, stop.immediate());
}

void Listeners::StopOne(const std::shared_ptr<Listener>& listener, bool immediate) {
  if (!listener->Stop(immediate)) return;
  pool_->RunWhenFree([listener, immediate] { listener->CallStop(immediate); });
}

void Listeners::BeginShutdown(bool immediate) {
  std::vector<std::shared_ptr<Listener>> all;
  {
    MutexLock lock(&mutex_);
    shutting_down_ = true;
    for (const auto& [id, listener] : listeners_) all.push_back(listener);
  }
  for (const auto& listener : all) StopOne(listener, immediate);
}

bool Listeners::WaitUntilStopped(absl::Duration limit) {
  const absl::Time deadline = absl::Now() + limit;
  MutexLock lock(&mutex_);
  while (!listeners_.empty() && !closed_) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    removed_.WaitFor(&mutex_, left);
  }
  return true;
}

void Listeners::Close() {
  std::map<uint32_t, std::shared_ptr<Listener>> listeners;
  std::set<std::shared_ptr<Listener>> changed;
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    listeners.swap(listeners_);
    changed.swap(changed_);
    marked_.NotifyAll();
    removed_.NotifyAll();
  }
  for (const auto& [id, listener] : listeners) listener->Abandon();
  if (thread_.joinable()) thread_.join();
}

void Listeners::Mark(const std::shared_ptr<Listener>& listener, bool urgent) {
  MutexLock lock(&mutex_);
  if (closed_) return;
  changed_.insert(listener);
  urgent_ = urgent_ || urgent;
  marked_.NotifyOne();
}

// False when closed.
bool Listeners::WaitForEvents(std::set<std::shared_ptr<Listener>>* changed) {
  MutexLock lock(&mutex_);
  while (!closed_ && !urgent_) {
    const Clock::time_point now = Clock::now();
    if (changed_.empty()) {
      marked_.Wait(&mutex_);
    } else if (now < next_counts_) {
      marked_.WaitFor(&mutex_, absl::FromChrono(next_counts_ - now));
    } else {
      break;
    }
  }
  if (closed_) return false;
  urgent_ = false;
  next_counts_ = Clock::now() + kPause;
  changed->swap(changed_);
  return true;
}

void Listeners::SendEvents() {
  pthread_setname_np(pthread_self(), "listener-events");
  std::set<std::shared_ptr<Listener>> changed;
  while (WaitForEvents(&changed)) {
    for (const auto& listener : changed) {
      bool over = false;
      for (v1::ListenerEvent& event : listener->TakeEvents()) {
        over = over || event.has_refused() || event.has_stopped();
        v1::ControlRequest request;
        *request.mutable_listener_event() = std::move(event);
        sender_->Send(request);
      }
      if (!over) continue;
      MutexLock lock(&mutex_);
      listeners_.erase(listener->id());
      removed_.NotifyAll();
    }
    changed.clear();
  }
}

}  // namespace rsca::worker
