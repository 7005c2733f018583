// One listener channel at work, on the loop's thread.
//
// When it is stopped at once it closes what it has. When it is to drain, it first reads what the
// kernel had accepted: until there is nothing more, or as much as a receive buffer holds.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_CHANNEL_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_CHANNEL_H_

#include <rsca/wpf_ptr.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/managers/syslog/channel_config.h"
#include "server/managers/syslog/event_loop.h"
#include "server/managers/syslog/hub.h"
#include "server/managers/syslog/listen_socket.h"

namespace rsca::managers::syslog {

// All that a channel is made from.
struct ChannelSetup {
  DWORD id = 0;
  Protocol protocol = Protocol::kUdp;
  ChannelConfig config;
  ListenSocket socket;
  WpfPtr<IWpfListenerChannelCallback> callback;
  std::shared_ptr<Counters> counters;
};

// The loop's thread makes it, calls it and destroys it.
class Channel : protected EventLoop::Source {
 public:
  // Called once, at the channel's end, after its sockets have been closed: S_OK when it was
  // stopped, or why it could not go on. The channel is destroyed later, not inside.
  using Ended = std::function<void(HRESULT status, const std::string& message)>;

  static std::shared_ptr<Channel> Make(ChannelSetup setup, EventLoop* loop, Hub* hub, Ended ended);
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Reports that it has started, then listens.
  void Start();

  // Ends it: at once, or when it has drained. May be called again to hurry it.
  virtual void Stop(bool immediate) = 0;

 protected:
  Channel(ChannelSetup setup, EventLoop* loop, Hub* hub, Ended ended);

  // Begins to watch the socket; an errno, or 0.
  virtual int Watch() = 0;

  // Passes one message on.
  void Deliver(std::string_view bytes, const std::string& peer, bool truncated);

  void End(HRESULT status, const std::string& message);
  void EndByError(int error, const std::string& what);

  // What a receive buffer of the socket can hold, in bytes.
  static int64_t ReceiveBufferBytes(int fd);
  // What is in that of a stream.
  static uint64_t UnreadBytes(int fd);

  const ChannelSetup& setup() const { return setup_; }
  int fd() const { return setup_.socket.fd(); }
  Counters& counters() const { return *setup_.counters; }
  EventLoop& loop() const { return *loop_; }
  Hub& hub() const { return *hub_; }
  void CloseSocket() { setup_.socket.Close(); }

 private:
  ChannelSetup setup_;
  EventLoop* const loop_;
  Hub* const hub_;
  Ended ended_;
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_CHANNEL_H_
