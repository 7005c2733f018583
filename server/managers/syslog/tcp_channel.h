// A channel of TCP connections.
//
// When there is no room for another connection, or no descriptor, it does not accept: senders wait
// in the kernel's backlog, and nothing that they send is lost.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_TCP_CHANNEL_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_TCP_CHANNEL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "server/managers/syslog/channel.h"
#include "server/managers/syslog/tcp_connection.h"

namespace rsca::managers::syslog {

class TcpChannel final : public Channel, public std::enable_shared_from_this<TcpChannel> {
 public:
  TcpChannel(ChannelSetup setup, EventLoop* loop, Hub* hub, Ended ended);
  ~TcpChannel() override;
  void Stop(bool immediate) override;

  // For its connections.
  void Remove(TcpConnection* connection);
  void DeliverFrame(const Frame& frame, const std::string& peer) {
    Deliver(frame.bytes, peer, frame.truncated);
  }
  using Channel::counters;
  using Channel::hub;
  using Channel::loop;
  using Channel::ReceiveBufferBytes;
  using Channel::UnreadBytes;

 private:
  enum class Accept { kAccepted, kNothing, kNoDescriptor, kFailed };

  int Watch() override;
  void OnReady(uint32_t events) override;
  Accept AcceptOne();
  void PauseAccepting();
  void AcceptAgain();
  // Then it ends with this status.
  void Drain(HRESULT status, const std::string& message);
  void EndIfDrained();

  std::map<int, std::shared_ptr<TcpConnection>> connections_;  // by descriptor
  bool accepting_ = true;
  bool draining_ = false;
  HRESULT end_status_ = S_OK;
  std::string end_message_;
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_TCP_CHANNEL_H_
