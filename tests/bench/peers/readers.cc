#include "tests/bench/peers/readers.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "tests/bench/peers/sockets.h"

namespace rsca::bench {
namespace {

// Large enough that reading is a small part of the work, small enough for the processor's cache.
constexpr size_t kBuffer = 128 << 10;

void Watch(const UniqueFd& epoll, const UniqueFd& fd, void* tag) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = tag;
  if (epoll_ctl(epoll.Get(), EPOLL_CTL_ADD, fd.Get(), &event) != 0) ThrowErrno("epoll_ctl");
}

}  // namespace

Readers::Readers()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_(eventfd(0, EFD_CLOEXEC)), buffer_(kBuffer, '\0') {
  Watch(epoll_, stop_, nullptr);
  thread_ = std::thread([this] {
    try {
      Run();
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      failure_ = std::current_exception();
    }
  });
}

Readers::~Readers() {
  const uint64_t one = 1;
  if (write(stop_.Get(), &one, sizeof(one)) != sizeof(one)) std::terminate();
  thread_.join();
}

void Readers::Add(UniqueFd fd, std::unique_ptr<Reader> reader) {
  auto connection = std::make_unique<Connection>();
  connection->fd = std::move(fd);
  connection->reader = std::move(reader);
  const std::lock_guard<std::mutex> lock(mutex_);
  connections_.push_back(std::move(connection));
  Watch(epoll_, connections_.back()->fd, connections_.back().get());
}

void Readers::ThrowIfFailed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
}

void Readers::Run() {
  std::array<epoll_event, 64> events;
  while (true) {
    const int ready = epoll_wait(epoll_.Get(), events.data(), events.size(), -1);
    if (ready < 0 && errno != EINTR) ThrowErrno("epoll_wait");
    for (int i = 0; i < ready; ++i) {
      void* const tag = events[static_cast<size_t>(i)].data.ptr;
      if (tag == nullptr) return;
      Read(static_cast<Connection*>(tag));
    }
  }
}

void Readers::Read(Connection* connection) {
  const ssize_t count = read(connection->fd.Get(), buffer_.data(), buffer_.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count < 0) ThrowErrno("read");
  if (count == 0) throw std::runtime_error("the server closed a connection");
  connection->reader->Read(connection->fd, {buffer_.data(), static_cast<size_t>(count)});
}

void RecordReader::Read(const UniqueFd&, std::string_view bytes) {
  pending_.append(bytes);
  size_t used = 0;
  for (; pending_.size() - used >= bytes_; used += bytes_) {
    lane_->Count(1, std::string_view(pending_).substr(used, bytes_));
  }
  pending_.erase(0, used);
}

}  // namespace rsca::bench
