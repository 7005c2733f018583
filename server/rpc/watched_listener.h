// One listener channel as the streams that follow it see it.
#ifndef RSCA_SERVER_RPC_WATCHED_LISTENER_H_
#define RSCA_SERVER_RPC_WATCHED_LISTENER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "common/mutex.h"
#include "server/actions/pools.h"

namespace rsca::rpc {

// Keeps the latest state for any number of readers; nothing queues. Thread-safe.
class WatchedListener final : public actions::ListenerObserver {
 public:
  // A channel at one moment.
  struct View {
    actions::ListenerInfo info;
    int starts = 0;  // how often it was reported to listen
    std::optional<absl::Status> refusal;
    bool ended() const {
      return refusal.has_value() || info.state == actions::ListenerState::kStopped;
    }
  };

  explicit WatchedListener(const actions::ListenerRequest& request);

  // Once the pool has given it one.
  void SetId(uint32_t id);

  View Now() const;
  // The same; `wake` is called once after the next change, on any thread.
  View NowAndThen(const void* reader, std::function<void()> wake);
  // A wake that has begun may still come.
  void Forget(const void* reader);

  void OnListenerStarted(const actions::ListenerInfo& info) override;
  void OnListenerMessages(const actions::ListenerInfo& info) override;
  void OnListenerRefused(int32_t hresult, const std::string& message) override;
  void OnListenerStopped(const actions::ListenerInfo& info) override;

 private:
  void Change(const std::function<void(View*)>& change);

  mutable Mutex mutex_;
  View view_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<const void*, std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_WATCHED_LISTENER_H_
