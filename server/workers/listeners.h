// The listener channels of one pool: which worker runs each, and who hears of it.
#ifndef RSCA_SERVER_WORKERS_LISTENERS_H_
#define RSCA_SERVER_WORKERS_LISTENERS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/mutex.h"
#include "server/workers/listener_channels.h"
#include "server/workers/worker.h"

namespace rsca::workers {

// Thread-safe. A channel lives until it is stopped, refused or ended by its protocol manager: when
// its worker is replaced or dies it starts again on the next one, after the old one has let go of
// it. In between it waits in state kStarting. Observers are called without locks, one call at a
// time for each channel.
class Listeners {
 public:
  // `id` is new in the server. Starts on a ready worker, or on the next one to be.
  void Start(uint32_t id, const ListenerRequest& request,
             std::shared_ptr<ListenerObserver> observer);
  // The observer hears of the end. A graceful stop can be hurried by an immediate one. NOT_FOUND
  // (LISTENER_NOT_FOUND, metadata `listener`).
  absl::Status Stop(uint32_t id, bool immediate);

  // By id.
  std::vector<ListenerInfo> list() const;

  // From the pool. A worker takes channels from Ready until Leaving, which comes before it is asked
  // to shut down, and which Gone includes.
  void OnWorkerReady(const std::shared_ptr<Worker>& worker);
  void OnWorkerLeaving(const Worker* worker);
  void OnWorkerGone(const Worker* worker);
  void OnEvent(const Worker* worker, const worker::v1::ListenerEvent& event);

  // Ends all channels: the pool is stopped, for this reason. Its workers' shutdown stops them
  // there.
  void EndAll(const std::string& why);

 private:
  struct Notice {
    enum class Kind { kStarted, kMessages, kRefused, kStopped };
    Kind kind;
    ListenerInfo info;
  };

  struct Channel {
    ListenerInfo info;
    std::shared_ptr<ListenerObserver> observer;
    std::shared_ptr<Worker> worker;  // null: waits for one
    bool stop_wanted = false;
    bool has_started = false;  // once, on whichever worker
    std::deque<Notice> notices;
    bool telling = false;
  };
  using ChannelPtr = std::shared_ptr<Channel>;

  bool IsReady(const Worker* worker) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Place(const ChannelPtr& channel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Leave(const Worker* worker) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnLetGo(const ChannelPtr& channel, Notice::Kind kind, int32_t hresult,
               const std::string& detail) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const ChannelPtr& channel, Notice::Kind kind, int32_t hresult, const std::string& detail)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Note(const ChannelPtr& channel, Notice::Kind kind);
  // Tells the observer what was noted, unless another thread is at it.
  void Tell(const ChannelPtr& channel);

  mutable Mutex mutex_;
  std::vector<std::shared_ptr<Worker>> ready_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, ChannelPtr> channels_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_LISTENERS_H_
