// All listener channels of the manager: starts and stops them, and knows how they are.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_CHANNELS_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_CHANNELS_H_

#include <rsca/wpf_ptr.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/managers/syslog/channel.h"
#include "server/managers/syslog/event_loop.h"
#include "server/managers/syslog/hub.h"

namespace rsca::managers::syslog {

// What is known of a channel: one at work, one that has ended, or one that could not start.
struct ChannelStatus {
  DWORD id = 0;
  Protocol protocol = Protocol::kUdp;
  std::string address;  // where it listens; empty when it never did
  absl::Time since;
  std::shared_ptr<Counters> counters;

  // Once it has ended.
  absl::Time until = absl::InfiniteFuture();
  HRESULT status = S_OK;
  std::string message;
};

// Thread-safe. `loop` and `hub` outlive it.
class Channels {
 public:
  Channels(EventLoop* loop, Hub* hub) : loop_(loop), hub_(hub) {}

  // As IPmListenerChannelManager. ERROR_NOT_SUPPORTED for other protocols; ERROR_ALREADY_EXISTS for
  // a channel of the same id, whatever its protocol; ERROR_NOT_FOUND to stop what is not there.
  HRESULT Start(PCWSTR protocol, IWpfListenerChannelCallback* callback);
  HRESULT Stop(PCWSTR protocol, IWpfListenerChannelCallback* callback, bool immediate);

  // Stops all, refuses new ones and returns when all have reported that they stopped.
  void Shutdown(bool immediate);

  std::vector<ChannelStatus> Current();

  // The latest that have ended or could not start, newest last.
  std::vector<ChannelStatus> Former();

 private:
  struct Entry {
    ChannelStatus status;
    std::optional<bool> stop;          // asked to; whether at once
    std::shared_ptr<Channel> channel;  // the loop's thread alone
    WpfPtr<IWpfListenerChannelCallback> callback;
  };

  HRESULT Claim(DWORD id, Protocol protocol, IWpfListenerChannelCallback* callback);
  HRESULT Open(DWORD id, Protocol protocol, IWpfListenerChannelCallback* callback,
               Failure* failure);
  void Begin(const std::shared_ptr<ChannelSetup>& setup);
  void StopLocked(const std::shared_ptr<Entry>& entry, bool immediate)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Retire(DWORD id, HRESULT status, const std::string& message);

  EventLoop* const loop_;
  Hub* const hub_;
  Mutex mutex_;
  CondVar changed_;
  bool shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<DWORD, std::shared_ptr<Entry>> entries_ ABSL_GUARDED_BY(mutex_);
  std::deque<ChannelStatus> former_ ABSL_GUARDED_BY(mutex_);
  int ending_ ABSL_GUARDED_BY(mutex_) = 0;  // reports of an end that have not returned
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_CHANNELS_H_
