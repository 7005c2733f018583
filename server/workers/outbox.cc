#include "server/workers/outbox.h"

#include <sys/socket.h>

#include <utility>

#include "common/report_frame.h"

namespace rsca::workers {

void ControlOutbox::Push(worker::v1::ControlResponse message) {
  MutexLock lock(&mutex_);
  if (closed_) return;
  queue_.push_back(std::move(message));
  changed_.NotifyOne();
}

void ControlOutbox::RefuseReports(uint64_t channel, int32_t hresult) {
  MutexLock lock(&mutex_);
  if (closed_) return;
  worker::v1::RefuseReports*& refusal = refusals_[channel];
  if (refusal == nullptr) {
    refusal = queue_.emplace_back().mutable_refuse_reports();
    refusal->set_channel(channel);
    changed_.NotifyOne();
  }
  refusal->set_hresult(hresult);
}

bool ControlOutbox::Pop(worker::v1::ControlResponse* message) {
  MutexLock lock(&mutex_);
  while (!closed_ && queue_.empty()) changed_.Wait(&mutex_);
  if (closed_) return false;
  if (queue_.front().has_refuse_reports()) {
    refusals_.erase(queue_.front().refuse_reports().channel());
  }
  *message = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

void ControlOutbox::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  queue_.clear();
  refusals_.clear();
  changed_.NotifyAll();
}

void CreditOutbox::Open(int socket) {
  MutexLock lock(&mutex_);
  socket_ = socket;
}

void CreditOutbox::Add(uint64_t channel, uint64_t bytes) {
  MutexLock lock(&mutex_);
  if (closed_) return;
  AppendCredit({channel, bytes}, &queued_);
  if (sending_) return;  // it looks again
  if (socket_ >= 0) {
    // Under the lock, which nothing else is done under: it does not wait.
    const ssize_t count =
        send(socket_, queued_.data(), queued_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) queued_.erase(0, static_cast<size_t>(count));
  }
  if (!queued_.empty()) changed_.NotifyOne();
}

bool CreditOutbox::Pop(std::string* bytes) {
  bytes->clear();
  MutexLock lock(&mutex_);
  sending_ = false;
  while (!closed_ && queued_.empty()) changed_.Wait(&mutex_);
  if (closed_) return false;
  bytes->swap(queued_);
  sending_ = true;
  return true;
}

void CreditOutbox::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  socket_ = -1;
  queued_.clear();
  changed_.NotifyAll();
}

}  // namespace rsca::workers
