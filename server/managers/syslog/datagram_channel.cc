#include "server/managers/syslog/datagram_channel.h"

#include <linux/sock_diag.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace rsca::managers::syslog {
namespace {

// Then the others have their turn.
constexpr int kMessagesPerTurn = 64;

// What the kernel counts for a datagram beside its bytes, at least.
constexpr int64_t kDatagramOverhead = 512;

// What came with a datagram.
struct Ancillary {
  bool has_sender = false;
  ucred sender = {};
  bool has_drops = false;
  uint32_t drops = 0;
};

// Descriptors that a sender passed along are closed: nobody asked for them.
void CloseDescriptors(const cmsghdr& header) {
  const size_t count = (header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count; ++i) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(&header) + i * sizeof(int), sizeof(fd));
    close(fd);
  }
}

Ancillary ReadAncillary(msghdr* message) {
  Ancillary result;
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    if (header->cmsg_type == SCM_RIGHTS) CloseDescriptors(*header);
    if (header->cmsg_type == SCM_CREDENTIALS) {
      result.has_sender = true;
      std::memcpy(&result.sender, CMSG_DATA(header), sizeof(result.sender));
    }
    if (header->cmsg_type == SO_RXQ_OVFL) {
      result.has_drops = true;
      std::memcpy(&result.drops, CMSG_DATA(header), sizeof(result.drops));
    }
  }
  return result;
}

// Errors of one datagram, or of one that was sent from here: the socket goes on.
bool IsPassing(int error) {
  return error == EINTR || error == ECONNREFUSED || error == ENOMEM || error == ENOBUFS ||
         error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN || error == EPROTO;
}

}  // namespace

DatagramChannel::DatagramChannel(ChannelSetup setup, EventLoop* loop, Hub* hub, Ended ended)
    : Channel(std::move(setup), loop, hub, std::move(ended)),
      reliable_(this->setup().protocol == Protocol::kUnix),
      buffer_(this->setup().config.max_message_bytes, '\0') {}

int DatagramChannel::Watch() { return loop().Watch(fd(), EPOLLIN | EPOLLRDHUP, reliable_, this); }

void DatagramChannel::Stop(bool immediate) {
  if (draining_ && !immediate) return;
  draining_ = true;
  drain_left_ = ReceiveBufferBytes(fd());
  // Unix: senders get an error from now on, and what they sent can still be read.
  if (reliable_) shutdown(fd(), SHUT_RD);
  if (!immediate) return OnReady(0);
  Discard();
  EndDrained();
}

void DatagramChannel::EndDrained() {
  NoteDrops(KernelDrops());
  End(S_OK, "");
}

// Counts what is there and will be read by nobody.
void DatagramChannel::Discard() {
  while (drain_left_ > 0) {
    const ssize_t size = recv(fd(), nullptr, 0, MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0) break;
    counters().discarded_bytes += static_cast<uint64_t>(size);
    drain_left_ -= size + kDatagramOverhead;
  }
}

void DatagramChannel::OnReady(uint32_t events) {
  for (int i = 0; draining_ || i < kMessagesPerTurn; ++i) {
    if (reliable_ && hub().held()) return loop().Resume(fd());
    const Read read = ReadOne();
    if (read == Read::kEnded) return;
    const bool more = read == Read::kMessage;
    if (more && (!draining_ || reliable_ || drain_left_ > 0)) continue;
    if (!more && !LookForDrops()) {
      --i;
      continue;
    }
    if (draining_) return EndDrained();
    // Nothing but this channel shuts its socket down, and it does so only when it drains.
    if ((events & (EPOLLHUP | EPOLLRDHUP)) != 0) EndByError(EPIPE, "the socket was shut down");
    return;
  }
}

DatagramChannel::Read DatagramChannel::ReadOne() {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(sizeof(uint32_t))>
      control;
  sockaddr_storage from = {};
  iovec part = {buffer_.data(), buffer_.size()};
  msghdr message = {};
  message.msg_name = &from;
  message.msg_namelen = sizeof(from);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(fd(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < 0) {
    if (errno == EAGAIN || IsPassing(errno)) return Read::kNothing;
    EndByError(errno, "cannot receive");
    return Read::kEnded;
  }
  const Ancillary ancillary = ReadAncillary(&message);
  // The drops came before this datagram.
  if (ancillary.has_drops) NoteDrops(ancillary.drops);
  counters().bytes += static_cast<uint64_t>(size);
  drain_left_ -= size + kDatagramOverhead;
  std::string peer;
  if (!reliable_) peer = AddressText(from);
  if (ancillary.has_sender) {
    peer = "pid=" + std::to_string(ancillary.sender.pid) +
           " uid=" + std::to_string(ancillary.sender.uid);
  }
  Deliver(std::string_view(buffer_.data(), static_cast<size_t>(size)), peer,
          (message.msg_flags & MSG_TRUNC) != 0);
  return Read::kMessage;
}

// Those after the last datagram, which no datagram tells about. False when there is to be read
// again first: datagrams may have come before the drops that were found.
bool DatagramChannel::LookForDrops() {
  const uint32_t total = KernelDrops();
  if (std::exchange(drops_found_, total) != total) return false;
  NoteDrops(total);
  return true;
}

uint32_t DatagramChannel::KernelDrops() const {
  std::array<uint32_t, SK_MEMINFO_VARS> memory = {};
  socklen_t size = sizeof(memory);
  getsockopt(fd(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size);
  return memory[SK_MEMINFO_DROPS];
}

void DatagramChannel::NoteDrops(uint32_t total) {
  const uint32_t more = total - drops_seen_;
  // The counter of a datagram is older than the one that was asked for in between.
  if (more == 0 || more > UINT32_MAX / 2) return;
  drops_seen_ = total;
  hub().PublishKernelDrops(setup().id, more, setup().counters);
}

}  // namespace rsca::managers::syslog
