#include "server/workers/pool_events.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status.h"

namespace rsca::workers {

class PoolEvents::Cursor final : public Reader {
 public:
  Cursor(PoolEvents* events, uint64_t number, uint64_t after, std::function<void()> wake)
      : events_(events), number_(number), after_(after), wake_(std::move(wake)) {}

  ~Cursor() override {
    MutexLock lock(&events_->mutex_);
    events_->waiting_.erase(number_);
  }

  absl::StatusOr<std::vector<PoolEvent>> Read(size_t max_events) override {
    MutexLock lock(&events_->mutex_);
    const uint64_t oldest = events_->last_sequence_ - events_->events_.size() + 1;
    if (after_ + 1 < oldest) return Truncated(oldest);
    const auto begin = events_->events_.begin() + static_cast<ptrdiff_t>(after_ + 1 - oldest);
    const size_t count = std::min(max_events, static_cast<size_t>(events_->events_.end() - begin));
    std::vector<PoolEvent> events(begin, begin + static_cast<ptrdiff_t>(count));
    after_ += count;
    if (events.empty()) events_->waiting_[number_] = wake_;
    return events;
  }

  static absl::Status Truncated(uint64_t oldest) {
    return MakeError(absl::StatusCode::kOutOfRange, "EVENTS_TRUNCATED",
                     absl::StrCat("events before ", oldest, " are not kept any more"),
                     {{"oldest_sequence", absl::StrCat(oldest)}});
  }

 private:
  PoolEvents* const events_;
  const uint64_t number_;
  uint64_t after_;
  const std::function<void()> wake_;
};

PoolEvents::PoolEvents(size_t kept_events) : kept_events_(kept_events) {}

void PoolEvents::Add(PoolEvent event) {
  std::unordered_map<uint64_t, std::function<void()>> waiting;
  {
    MutexLock lock(&mutex_);
    event.sequence = ++last_sequence_;
    event.time = absl::Now();
    events_.push_back(std::move(event));
    if (events_.size() > kept_events_) events_.pop_front();
    waiting.swap(waiting_);
  }
  for (const auto& [number, wake] : waiting) wake();
}

absl::StatusOr<std::unique_ptr<PoolEvents::Reader>> PoolEvents::Open(std::optional<uint64_t> after,
                                                                     std::function<void()> wake) {
  MutexLock lock(&mutex_);
  if (after.value_or(0) > last_sequence_) {
    return MakeError(absl::StatusCode::kOutOfRange, "SEQUENCE_NOT_REACHED",
                     absl::StrCat("the last event is ", last_sequence_,
                                  "; a server that was started again counts from 1"),
                     {{"last_sequence", absl::StrCat(last_sequence_)}});
  }
  const uint64_t oldest = last_sequence_ - events_.size() + 1;
  if (after.has_value() && *after + 1 < oldest) return Cursor::Truncated(oldest);
  return std::make_unique<Cursor>(this, ++last_reader_, after.value_or(last_sequence_),
                                  std::move(wake));
}

uint64_t PoolEvents::last_sequence() const {
  MutexLock lock(&mutex_);
  return last_sequence_;
}

}  // namespace rsca::workers
