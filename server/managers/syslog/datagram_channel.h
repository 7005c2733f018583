// A channel of datagrams: UDP, or a unix socket as syslog(3) uses it.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_DATAGRAM_CHANNEL_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_DATAGRAM_CHANNEL_H_

#include <cstdint>
#include <string>

#include "server/managers/syslog/channel.h"

namespace rsca::managers::syslog {

class DatagramChannel final : public Channel {
 public:
  DatagramChannel(ChannelSetup setup, EventLoop* loop, Hub* hub, Ended ended);
  void Stop(bool immediate) override;

 private:
  enum class Read { kMessage, kNothing, kEnded };

  int Watch() override;
  void OnReady(uint32_t events) override;
  Read ReadOne();
  void Discard();
  void EndDrained();
  bool LookForDrops();
  uint32_t KernelDrops() const;
  void NoteDrops(uint32_t total);

  const bool reliable_;  // its senders wait when it does not read
  std::string buffer_;
  uint32_t drops_seen_ = 0;   // of the kernel's counter, which wraps around
  uint32_t drops_found_ = 0;  // the counter when there was nothing to read the last time
  bool draining_ = false;
  int64_t drain_left_ = 0;  // bytes, as the kernel counts them
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_DATAGRAM_CHANNEL_H_
