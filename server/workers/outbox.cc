#include "server/workers/outbox.h"

#include <utility>

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

void CreditOutbox::Add(uint64_t channel, uint64_t bytes) {
  MutexLock lock(&mutex_);
  if (closed_) return;
  bytes_[channel] += bytes;
  if (bytes_.size() == 1) changed_.NotifyOne();
}

bool CreditOutbox::Pop(worker::v1::ResultsResponse* message) {
  message->Clear();
  std::unordered_map<uint64_t, uint64_t> taken;
  {
    MutexLock lock(&mutex_);
    while (!closed_ && bytes_.empty()) changed_.Wait(&mutex_);
    if (closed_) return false;
    taken.swap(bytes_);
  }
  for (const auto& [channel, bytes] : taken) {
    worker::v1::Credit* credit = message->add_credits();
    credit->set_channel(channel);
    credit->set_bytes(bytes);
  }
  return true;
}

void CreditOutbox::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  bytes_.clear();
  changed_.NotifyAll();
}

}  // namespace rsca::workers
