#include "server/managers/syslog/tcp_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "server/managers/syslog/tcp_channel.h"

namespace rsca::managers::syslog {
namespace {

constexpr size_t kReadBytes = size_t{32} << 10;

// Then the others have their turn.
constexpr int kReadsPerTurn = 4;

}  // namespace

TcpConnection::TcpConnection(TcpChannel* channel, UniqueFd fd, std::string peer,
                             size_t max_message_bytes)
    : channel_(channel),
      loop_(&channel->loop()),
      fd_(std::move(fd)),
      peer_(std::move(peer)),
      splitter_(max_message_bytes) {
  // A sender that is gone without a word does not take up a place for ever.
  const int on = 1;
  setsockopt(this->fd(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

TcpConnection::~TcpConnection() { loop_->Unwatch(fd()); }

int TcpConnection::Watch() { return loop_->Watch(fd(), EPOLLIN, true, this); }

void TcpConnection::Drain() {
  if (draining_) return;
  draining_ = true;
  drain_left_ = TcpChannel::ReceiveBufferBytes(fd());
  OnReady(0);
}

uint64_t TcpConnection::UnreadBytes() const {
  return splitter_.unused() + TcpChannel::UnreadBytes(fd());
}

void TcpConnection::OnReady(uint32_t /*events*/) {
  bool more = true;
  for (int i = 0; more && (draining_ || i < kReadsPerTurn); ++i) {
    if (!DeliverFrames()) return;
    more = stream_ == Stream::kOpen && ReadSome();
  }
  if (!DeliverFrames()) return;
  if (stream_ != Stream::kOpen) channel_->Remove(this);
}

// False when there is nothing more, for now or for good.
bool TcpConnection::ReadSome() {
  std::array<char, kReadBytes> buffer;
  const ssize_t size = read(fd(), buffer.data(), buffer.size());
  if (size > 0) {
    const auto bytes = static_cast<size_t>(size);
    splitter_.Add(std::string_view(buffer.data(), bytes));
    channel_->counters().bytes += bytes;
    drain_left_ -= size;
  } else if (size == 0) {
    stream_ = Stream::kEndedBySender;
  } else if (errno != EAGAIN && errno != EINTR) {
    stream_ = Stream::kBroken;
  }
  // While it drains, the end of what was there is the end of the stream.
  const bool drained = draining_ && ((size < 0 && errno == EAGAIN) || drain_left_ <= 0);
  if (drained && stream_ == Stream::kOpen) stream_ = Stream::kBroken;
  return size > 0 || (size < 0 && stream_ == Stream::kOpen && errno == EINTR);
}

// Passes on all messages that are complete, and at the stream's end what is left. False when it has
// to wait for followers.
bool TcpConnection::DeliverFrames() {
  for (;;) {
    if (channel_->hub().held()) {
      loop_->Resume(fd());
      return false;
    }
    std::optional<Frame> frame = splitter_.Next();
    if (!frame && stream_ != Stream::kOpen) {
      frame = splitter_.Finish(stream_ == Stream::kEndedBySender);
    }
    if (!frame) return true;
    channel_->DeliverFrame(*frame, peer_);
  }
}

}  // namespace rsca::managers::syslog
