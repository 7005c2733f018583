#include "server/managers/base/live_actions.h"

#include <system_error>
#include <utility>

#include "server/managers/base/failure.h"
#include "server/managers/base/ref_counted.h"

namespace rsca::managers {

namespace {

void End(std::unique_ptr<Action> action) {
  try {
    action->Stop();
  } catch (...) {
    // The destructor waits for what Stop could not.
    (void)FailureFromException();
  }
}

}  // namespace

// Passes results on and notices the final one.
class LiveActions::TrackedCallback final : public RefCounted<ICustomAction2ResultCallback> {
 public:
  TrackedCallback(std::weak_ptr<LiveActions> actions, std::shared_ptr<Entry> entry,
                  ICustomAction2ResultCallback* target)
      : actions_(std::move(actions)),
        entry_(std::move(entry)),
        target_(WpfPtr<ICustomAction2ResultCallback>::Share(target)) {}

  HRESULT ReportResult(HRESULT status, BOOL final, PBYTE response, DWORD size) override {
    const HRESULT result = target_->ReportResult(status, final, response, size);
    // Whatever came of it: the action has said its last word.
    if (final != FALSE) {
      if (const auto actions = actions_.lock()) actions->Ended(entry_.get());
    }
    return result;
  }

 private:
  const std::weak_ptr<LiveActions> actions_;
  const std::shared_ptr<Entry> entry_;
  const WpfPtr<ICustomAction2ResultCallback> target_;
};

LiveActions::LiveActions() : undertaker_([this] { Bury(); }) {}

HRESULT LiveActions::Start(const RegistrationKey& key, ICustomAction2ResultCallback* callback,
                           const Starter& starter) {
  const auto entry = std::make_shared<Entry>();
  entry->key = key;
  {
    MutexLock lock(&mutex_);
    if (shutting_down_) return HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS);
    if (!live_.emplace(key, entry).second) return HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS);
    ++calls_;
  }
  Failure failure{E_FAIL, ""};
  std::unique_ptr<Action> action = RunStarter(entry, callback, starter, &failure);
  const bool begun = action != nullptr;
  if (!begun) {
    if (SUCCEEDED(failure.hresult)) failure.hresult = E_FAIL;
    (void)Reporter(WpfPtr<ICustomAction2ResultCallback>::Share(callback))
        .ReportFinal(failure.hresult, failure.message);
  }
  MutexLock lock(&mutex_);
  entry->starting = false;
  if (!begun) {
    RemoveLocked(*entry);
  } else if (entry->ended) {
    dead_.push_back(std::move(action));
  } else {
    entry->action = std::move(action);
  }
  LeaveLocked();
  return begun ? S_OK : failure.hresult;
}

std::unique_ptr<Action> LiveActions::RunStarter(const std::shared_ptr<Entry>& entry,
                                                ICustomAction2ResultCallback* callback,
                                                const Starter& starter, Failure* failure) {
  try {
    const auto tracked = WpfPtr<ICustomAction2ResultCallback>::Adopt(
        new TrackedCallback(weak_from_this(), entry, callback));
    return starter(Reporter(tracked), failure);
  } catch (...) {
    *failure = FailureFromException();
    return nullptr;
  }
}

HRESULT LiveActions::Stop(const RegistrationKey& key) {
  std::unique_ptr<Action> action;
  {
    MutexLock lock(&mutex_);
    for (;;) {
      const auto found = live_.find(key);
      if (found == live_.end()) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
      if (!found->second->starting) {
        found->second->ended = true;
        action = std::move(found->second->action);
        live_.erase(found);
        break;
      }
      changed_.Wait(&mutex_);
    }
    ++calls_;
  }
  End(std::move(action));
  MutexLock lock(&mutex_);
  LeaveLocked();
  return S_OK;
}

HRESULT LiveActions::Call(const std::function<HRESULT()>& body) {
  {
    MutexLock lock(&mutex_);
    if (shutting_down_) return HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS);
    ++calls_;
  }
  const HRESULT result = body();
  MutexLock lock(&mutex_);
  LeaveLocked();
  return result;
}

void LiveActions::Shutdown() {
  std::map<RegistrationKey, std::shared_ptr<Entry>> live;
  {
    MutexLock lock(&mutex_);
    shutting_down_ = true;
    while (calls_ != 0) changed_.Wait(&mutex_);
    if (stopped_) return;
    live.swap(live_);
    for (const auto& [key, entry] : live) entry->ended = true;
  }
  // All at once: each may need a grace of its own.
  std::vector<std::thread> threads;
  for (const auto& [key, entry] : live) {
    try {
      threads.emplace_back([&entry = *entry] { End(std::move(entry.action)); });
    } catch (const std::system_error&) {
      End(std::move(entry->action));
    }
  }
  for (std::thread& thread : threads) thread.join();
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  undertaker_.join();
}

void LiveActions::Ended(Entry* entry) {
  MutexLock lock(&mutex_);
  if (entry->ended) return;
  entry->ended = true;
  RemoveLocked(*entry);
  // While it is starting, Start has the action and will see that it has ended.
  if (!entry->starting) dead_.push_back(std::move(entry->action));
  changed_.NotifyAll();
}

void LiveActions::RemoveLocked(const Entry& entry) {
  const auto found = live_.find(entry.key);
  if (found != live_.end() && found->second.get() == &entry) live_.erase(found);
}

void LiveActions::LeaveLocked() {
  --calls_;
  changed_.NotifyAll();
}

void LiveActions::Bury() {
  for (;;) {
    std::vector<std::unique_ptr<Action>> dead;
    {
      MutexLock lock(&mutex_);
      while (dead_.empty() && !stopped_) changed_.Wait(&mutex_);
      if (dead_.empty()) return;
      dead.swap(dead_);
    }
  }
}

}  // namespace rsca::managers
