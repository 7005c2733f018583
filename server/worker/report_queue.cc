#include "server/worker/report_queue.h"

#include <sys/socket.h>

#include <utility>

#include "absl/time/clock.h"

namespace rsca::worker {
namespace {

// Whoever reports more often than this is better off with the writer, which sends many reports at
// once: a system call for each would take the plug-in's thread longer than the report itself.
constexpr int64_t kQuietNanos = 100'000;

// Kept free behind a large result, so that there is room to say that others have lost the next one.
constexpr size_t kRoomForNotes = 1024;

// The socket that the server has made (workers/process_starter.cc) is best for small reports. Of
// large ones it holds few, so that worker and server wait for each other at each: with more room 4
// KiB come through a fifth faster, 64 KiB by a half.
constexpr size_t kLargeBytes = size_t{2} << 10;
constexpr int kRoomySocketBytes = 128 << 10;

// Room that a burst has taken and that is kept for the next.
constexpr size_t kKeptBytes = size_t{2} << 20;

void Empty(std::string* bytes) {
  if (bytes->capacity() > kKeptBytes) {
    *bytes = std::string();
  } else {
    bytes->clear();
  }
}

}  // namespace

void ReportQueue::Connect(int socket) {
  MutexLock lock(&mutex_);
  socket_ = socket;
}

void ReportQueue::MakeRoomFor(const ReportFrame& report) {
  if (roomy_ || report.response.size() < kLargeBytes || socket_ < 0) return;
  roomy_ = true;
  setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &kRoomySocketBytes, sizeof(kRoomySocketBytes));
}

bool ReportQueue::Append(ReportFrame* report) {
  MakeRoomFor(*report);
  report->report_time_unix_nanos = absl::GetCurrentTimeNanos();
  if (report->kind <= ReportKind::kFinal) {
    queued_.reserve(queued_.size() + report->response.size() + kRoomForNotes);
  }
  AppendReport(*report, &queued_);
  const int64_t pause = report->report_time_unix_nanos - last_report_nanos_;
  last_report_nanos_ = report->report_time_unix_nanos;
  return pause > kQuietNanos;
}

bool ReportQueue::Push(ReportFrame report) {
  MutexLock lock(&mutex_);
  if (closed_) return false;
  const bool quiet = Append(&report);
  if (flushing_ || writing_) return false;  // whoever sends looks again
  if (quiet && socket_ >= 0) {
    flushing_ = true;
    return true;
  }
  WakeWriter();
  return false;
}

void ReportQueue::PushForWriter(ReportFrame report) {
  MutexLock lock(&mutex_);
  if (closed_) return;
  Append(&report);
  WakeWriter();
}

void ReportQueue::WakeWriter() {
  if (writer_waits_) changed_.NotifyOne();
}

void ReportQueue::Flush() {
  std::string bytes;
  int socket = -1;
  {
    MutexLock lock(&mutex_);
    bytes = std::exchange(flushed_, {});
    bytes.swap(queued_);
    socket = socket_;
  }
  size_t sent = 0;
  if (socket >= 0 && !bytes.empty()) {
    const ssize_t count = send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) sent = static_cast<size_t>(count);
  }
  MutexLock lock(&mutex_);
  flushing_ = false;
  // The rest is the writer's, also if the socket is broken: it finds that out, too, and the link's
  // reader tells. These bytes are taken, so where nothing follows them they need no memory.
  bytes.erase(0, sent);
  if (queued_.empty()) {
    queued_.swap(bytes);
  } else {
    queued_.insert(0, bytes);
  }
  Empty(&bytes);
  flushed_ = std::move(bytes);
  if (!queued_.empty() || closed_) WakeWriter();
}

bool ReportQueue::Pop(std::string* bytes) {
  Empty(bytes);
  MutexLock lock(&mutex_);
  writing_ = false;
  while (flushing_ || (queued_.empty() && !closed_)) {
    writer_waits_ = true;
    changed_.Wait(&mutex_);
    writer_waits_ = false;
  }
  if (queued_.empty()) return false;
  bytes->swap(queued_);
  writing_ = true;
  return true;
}

void ReportQueue::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  changed_.NotifyAll();
}

void ReportQueue::Abandon() {
  MutexLock lock(&mutex_);
  closed_ = true;
  socket_ = -1;
  queued_ = std::string();
  changed_.NotifyAll();
}

}  // namespace rsca::worker
