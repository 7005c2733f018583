#include "server/managers/syslog/channel.h"

#include <sys/ioctl.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/time/clock.h"
#include "server/managers/syslog/datagram_channel.h"
#include "server/managers/syslog/tcp_channel.h"

namespace rsca::managers::syslog {

std::shared_ptr<Channel> Channel::Make(ChannelSetup setup, EventLoop* loop, Hub* hub, Ended ended) {
  if (setup.protocol == Protocol::kTcp) {
    return std::make_shared<TcpChannel>(std::move(setup), loop, hub, std::move(ended));
  }
  return std::make_shared<DatagramChannel>(std::move(setup), loop, hub, std::move(ended));
}

Channel::Channel(ChannelSetup setup, EventLoop* loop, Hub* hub, Ended ended)
    : setup_(std::move(setup)), loop_(loop), hub_(hub), ended_(std::move(ended)) {}

void Channel::Start() {
  // Whatever the framework makes of it: that is not the channel's business.
  (void)setup_.callback->ReportStarted();
  const int error = Watch();
  if (error != 0) EndByError(error, "cannot watch the socket");
}

void Channel::Deliver(std::string_view bytes, const std::string& peer, bool truncated) {
  Origin origin;
  origin.channel = setup_.id;
  origin.protocol = ProtocolName(setup_.protocol);
  origin.peer = peer;
  origin.received = absl::Now();
  origin.truncated = truncated;
  hub_->Publish(origin, bytes, setup_.counters);
  (void)setup_.callback->ReportMessageReceived();
}

void Channel::End(HRESULT status, const std::string& message) {
  loop_->Unwatch(fd());
  CloseSocket();
  if (ended_) std::exchange(ended_, nullptr)(status, message);
}

void Channel::EndByError(int error, const std::string& what) {
  End(HresultFromErrno(error), what + ": " + std::generic_category().message(error));
}

int64_t Channel::ReceiveBufferBytes(int fd) {
  int bytes = 0;
  socklen_t size = sizeof(bytes);
  getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size);
  return bytes;
}

uint64_t Channel::UnreadBytes(int fd) {
  int bytes = 0;
  return ioctl(fd, FIONREAD, &bytes) == 0 ? static_cast<uint64_t>(bytes) : 0;
}

}  // namespace rsca::managers::syslog
