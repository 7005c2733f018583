#include "server/managers/syslog/tcp_channel.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace rsca::managers::syslog {
namespace {

// Then the others have their turn.
constexpr int kAcceptsPerTurn = 16;

// Until it looks whether there are descriptors again.
constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);

bool IsOutOfResources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// Errors that only the socket itself can have; all others are those of a connection.
bool IsDeadly(int error) {
  return error == EBADF || error == EINVAL || error == ENOTSOCK || error == EOPNOTSUPP;
}

}  // namespace

TcpChannel::TcpChannel(ChannelSetup setup, EventLoop* loop, Hub* hub, Ended ended)
    : Channel(std::move(setup), loop, hub, std::move(ended)) {}

TcpChannel::~TcpChannel() = default;

int TcpChannel::Watch() { return loop().Watch(fd(), EPOLLIN, false, this); }

void TcpChannel::Stop(bool immediate) {
  if (!immediate) return Drain(S_OK, "");
  for (const auto& [fd, connection] : connections_) {
    counters().discarded_bytes += connection->UnreadBytes();
  }
  counters().connections_open = 0;
  connections_.clear();
  End(S_OK, "");
}

void TcpChannel::OnReady(uint32_t /*events*/) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (connections_.size() >= setup().config.max_connections) return PauseAccepting();
    const Accept result = AcceptOne();
    const int error = errno;
    switch (result) {
      case Accept::kAccepted:
        break;
      case Accept::kNoDescriptor:
        PauseAccepting();
        loop().RunAfter(kAcceptPause, [weak = weak_from_this()] {
          if (const auto channel = weak.lock()) channel->AcceptAgain();
        });
        return;
      case Accept::kNothing:
        return;
      case Accept::kFailed:
        return Drain(HresultFromErrno(error),
                     "cannot accept connections: " + std::generic_category().message(error));
    }
  }
}

TcpChannel::Accept TcpChannel::AcceptOne() {
  sockaddr_storage from = {};
  socklen_t size = sizeof(from);
  UniqueFd accepted(
      accept4(fd(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!accepted) {
    if (errno == EAGAIN) return Accept::kNothing;
    if (IsOutOfResources(errno)) return Accept::kNoDescriptor;
    // This one is gone; there may be others.
    return IsDeadly(errno) ? Accept::kFailed : Accept::kAccepted;
  }
  const int number = accepted.Get();
  auto connection = std::make_shared<TcpConnection>(this, std::move(accepted), AddressText(from),
                                                    setup().config.max_message_bytes);
  if (connection->Watch() != 0) return Accept::kNoDescriptor;
  connections_[number] = std::move(connection);
  ++counters().connections_accepted;
  ++counters().connections_open;
  return Accept::kAccepted;
}

void TcpChannel::PauseAccepting() {
  if (!accepting_) return;
  accepting_ = false;
  ++counters().accept_pauses;
  loop().SetEvents(fd(), 0);
}

void TcpChannel::AcceptAgain() {
  if (accepting_ || draining_) return;
  accepting_ = true;
  loop().SetEvents(fd(), EPOLLIN);
}

void TcpChannel::Remove(TcpConnection* connection) {
  const auto found = connections_.find(connection->fd());
  // It is at work further up the stack: it goes when that is done, its descriptor with it.
  loop().Unwatch(connection->fd());
  loop().Post([keep = std::move(found->second)] {});
  connections_.erase(found);
  --counters().connections_open;
  AcceptAgain();
  EndIfDrained();
}

void TcpChannel::Drain(HRESULT status, const std::string& message) {
  if (draining_) return;
  draining_ = true;
  end_status_ = status;
  end_message_ = message;
  // Those who wait in the backlog have been accepted by the kernel, whatever the limit is.
  while (AcceptOne() == Accept::kAccepted) {
  }
  loop().Unwatch(fd());
  CloseSocket();
  std::vector<std::shared_ptr<TcpConnection>> connections;
  for (const auto& [fd, connection] : connections_) connections.push_back(connection);
  for (const auto& connection : connections) connection->Drain();
  EndIfDrained();
}

void TcpChannel::EndIfDrained() {
  if (draining_ && connections_.empty()) End(end_status_, end_message_);
}

}  // namespace rsca::managers::syslog
