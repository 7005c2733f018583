// One connection of a TCP channel.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_TCP_CONNECTION_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_TCP_CONNECTION_H_

#include <cstdint>
#include <string>

#include "server/managers/base/unique_fd.h"
#include "server/managers/syslog/event_loop.h"
#include "server/managers/syslog/frame_splitter.h"

namespace rsca::managers::syslog {

class TcpChannel;

// The loop's thread alone uses it. The channel owns it.
class TcpConnection final : public EventLoop::Source {
 public:
  TcpConnection(TcpChannel* channel, UniqueFd fd, std::string peer, size_t max_message_bytes);
  ~TcpConnection();
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  // Watches the socket; an errno, or 0.
  int Watch();

  // Reads what the kernel has, then ends. Nothing happens once it has begun.
  void Drain();

  // Bytes that were received and have become no message.
  uint64_t UnreadBytes() const;

  int fd() const { return fd_.Get(); }
  const std::string& peer() const { return peer_; }

  void OnReady(uint32_t events) override;

 private:
  enum class Stream { kOpen, kEndedBySender, kBroken };

  bool ReadSome();
  bool DeliverFrames();

  TcpChannel* const channel_;  // may be gone when the connection is destroyed
  EventLoop* const loop_;
  const UniqueFd fd_;
  const std::string peer_;
  FrameSplitter splitter_;
  Stream stream_ = Stream::kOpen;
  bool draining_ = false;
  int64_t drain_left_ = 0;  // bytes
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_TCP_CONNECTION_H_
