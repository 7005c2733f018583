// The actions that are at work for registrations of one manager: their beginning, their end, and
// their destruction once they have ended by themselves.
#ifndef RSCA_SERVER_MANAGERS_BASE_LIVE_ACTIONS_H_
#define RSCA_SERVER_MANAGERS_BASE_LIVE_ACTIONS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "common/mutex.h"
#include "server/managers/base/manager.h"

namespace rsca::managers {

// A registration is known by its number, or by its function's name where the framework gives none.
using RegistrationKey = std::variant<ULONGLONG, std::wstring>;

// Thread-safe. Owned through shared_ptr. Shutdown must be called before the last reference goes.
class LiveActions : public std::enable_shared_from_this<LiveActions> {
 public:
  using Starter = std::function<std::unique_ptr<Action>(Reporter reporter, Failure* failure)>;

  LiveActions();

  // Begins an action. A refusal's message is reported to `callback` as a final result before the
  // call fails: the framework drops what a refused registration reports, or shows it as the reason.
  HRESULT Start(const RegistrationKey& key, ICustomAction2ResultCallback* callback,
                const Starter& starter);

  // Ends an action; nothing is reported for it once this has returned. ERROR_NOT_FOUND when there
  // is none, as after its final result. Waits for a Start of the same key.
  HRESULT Stop(const RegistrationKey& key);

  // Does something that Shutdown has to wait for. `body` throws nothing.
  HRESULT Call(const std::function<HRESULT()>& body);

  // Ends all actions, waits for all calls, refuses new ones. No thread is left. Idempotent.
  void Shutdown();

 private:
  class TrackedCallback;

  struct Entry {
    RegistrationKey key;
    bool starting = true;
    bool ended = false;  // has reported its final result, or is being stopped
    std::unique_ptr<Action> action;
  };

  std::unique_ptr<Action> RunStarter(const std::shared_ptr<Entry>& entry,
                                     ICustomAction2ResultCallback* callback, const Starter& starter,
                                     Failure* failure);
  void Ended(Entry* entry);
  void RemoveLocked(const Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeaveLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Bury();

  Mutex mutex_;
  CondVar changed_;
  bool shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<RegistrationKey, std::shared_ptr<Entry>> live_ ABSL_GUARDED_BY(mutex_);
  // Ended by themselves. An action reports its final result on a thread of its own, which cannot
  // join itself, so another one destroys it.
  std::vector<std::unique_ptr<Action>> dead_ ABSL_GUARDED_BY(mutex_);
  std::thread undertaker_;
};

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_BASE_LIVE_ACTIONS_H_
