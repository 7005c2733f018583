// One listener channel: what the server asked for, and what the plug-in reports about it.
#ifndef RSCA_SERVER_WORKER_LISTENER_H_
#define RSCA_SERVER_WORKER_LISTENER_H_

#include <rsca/wpf_ptr.h>
#include <rsca/wpframework.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/protocol_manager.h"

namespace rsca::worker {

// Thread-safe. Plug-ins may hold its callback for ever; what they report after the end fails.
class Listener final : public std::enable_shared_from_this<Listener> {
 public:
  // `changed` is told, without locks, that there are events to take; `urgent` for all but messages.
  using Changed = std::function<void(const std::shared_ptr<Listener>& listener, bool urgent)>;

  Listener(const v1::StartListener& start, Changed changed);

  uint32_t id() const { return id_; }

  // Asks the protocol managers in turn, until one does not refuse the protocol itself. Takes as
  // long as they do; call once.
  void Start(const std::vector<std::shared_ptr<ProtocolManager>>& managers);
  // `managers` of Start were too few, or there was no thread for it.
  void Refuse(HRESULT hresult, const std::string& message);

  // Ends it at once while it starts, and answers false. Otherwise answers whether CallStop has to
  // be called now, which takes as long as the plug-in does. A graceful stop can be hurried by an
  // immediate one.
  bool Stop(bool immediate);
  void CallStop(bool immediate);

  // What the server has not been told yet, in order. The last event is `refused` or `stopped`.
  std::vector<v1::ListenerEvent> TakeEvents();

  // The worker ends: nothing counts any more.
  void Abandon();

  // From the plug-in. `attempt` says which of the managers of Start the callback was for.
  HRESULT ReportStarted(int attempt);
  HRESULT ReportStopped(int attempt, HRESULT hresult);
  HRESULT ReportMessage(int attempt);
  const std::string& blob() const { return blob_; }

 private:
  enum class Phase { kStarting, kRunning, kOver };

  using Callback = WpfPtr<IWpfListenerChannelCallback>;

  // False when it was stopped meanwhile.
  bool BeginAttempt(const std::shared_ptr<ProtocolManager>& manager, int* attempt);
  // False when it was stopped meanwhile.
  bool Accept(const Callback& callback);
  bool TakesReports(int attempt) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const uint32_t id_;
  const std::string protocol_;
  const std::wstring wide_protocol_;
  const std::string blob_;
  const Changed changed_;

  Mutex mutex_;
  Phase phase_ ABSL_GUARDED_BY(mutex_) = Phase::kStarting;
  int attempt_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<ProtocolManager> manager_ ABSL_GUARDED_BY(mutex_);
  Callback callback_ ABSL_GUARDED_BY(mutex_);  // while it runs: knows this listener in turn
  int stops_ ABSL_GUARDED_BY(mutex_) = 0;      // 1: asked to stop; 2: at once
  bool reported_started_ ABSL_GUARDED_BY(mutex_) = false;
  bool told_started_ ABSL_GUARDED_BY(mutex_) = false;
  bool told_end_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t messages_ ABSL_GUARDED_BY(mutex_) = 0;  // not told yet
  std::optional<HRESULT> stopped_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::ListenerRefused> refused_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_LISTENER_H_
