#include "server/managers/syslog/follower_queue.h"

#include <algorithm>
#include <utility>

#include "server/managers/syslog/steady_now.h"

namespace rsca::managers::syslog {

FollowerQueue::FollowerQueue(std::unique_ptr<const Filter> filter, const QueueLimits& limits,
                             Holds* holds)
    : filter_(std::move(filter)), limits_(limits), holds_(holds) {}

void FollowerQueue::AddBuffered(std::shared_ptr<const Record> record) {
  MutexLock lock(&mutex_);
  entries_.push_back({std::move(record), std::nullopt});
  ++uncounted_;
}

void FollowerQueue::Offer(const std::shared_ptr<const Record>& record) {
  MutexLock lock(&mutex_);
  if (closed_) return;
  if (IsFullLocked()) {
    ++dropped_;
    ++record->counters->dropped_for_followers;
    AddGapLocked({Gap::Reason::kQueueFull, 1, record->number, record->number, 0});
    return;
  }
  entries_.push_back({record, std::nullopt});
  bytes_ += record->Size();
  if (pace_ == Pace::kKeepsUp && IsFullLocked()) {
    hold_ends_ = SteadyNow() + limits_.hold;
    SetPaceLocked(Pace::kHolds);
  }
  changed_.NotifyOne();
}

void FollowerQueue::OfferKernelGap(DWORD channel, uint64_t count) {
  MutexLock lock(&mutex_);
  if (!closed_) AddGapLocked({Gap::Reason::kKernel, count, 0, 0, channel});
}

std::optional<QueueEntry> FollowerQueue::Next() {
  MutexLock lock(&mutex_);
  while (entries_.empty() && !closed_) changed_.Wait(&mutex_);
  if (entries_.empty()) return std::nullopt;
  QueueEntry entry = std::move(entries_.front());
  entries_.pop_front();
  if (uncounted_ != 0) {
    --uncounted_;
  } else if (entry.record != nullptr) {
    bytes_ -= entry.record->Size();
  }
  if (pace_ != Pace::kKeepsUp && IsHalfFreeLocked()) SetPaceLocked(Pace::kKeepsUp);
  return entry;
}

void FollowerQueue::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  SetPaceLocked(Pace::kKeepsUp);
  changed_.NotifyAll();
}

absl::Duration FollowerQueue::HoldsFor(absl::Time steady_now) {
  MutexLock lock(&mutex_);
  if (pace_ != Pace::kHolds) return absl::ZeroDuration();
  if (steady_now < hold_ends_) return hold_ends_ - steady_now;
  SetPaceLocked(Pace::kLags);
  return absl::ZeroDuration();
}

FollowerQueue::State FollowerQueue::state() {
  MutexLock lock(&mutex_);
  return {entries_.size(), dropped_, pace_ == Pace::kLags};
}

bool FollowerQueue::IsFullLocked() const {
  return entries_.size() - uncounted_ >= limits_.messages || bytes_ >= limits_.bytes;
}

bool FollowerQueue::IsHalfFreeLocked() const {
  return entries_.size() - uncounted_ <= limits_.messages / 2 && bytes_ <= limits_.bytes / 2;
}

void FollowerQueue::SetPaceLocked(Pace pace) {
  const Pace before = std::exchange(pace_, pace);
  if (before == pace) return;
  if (pace == Pace::kHolds) holds_->Add();
  if (before == Pace::kHolds) holds_->Remove();
}

// One record for all that is missing at one place for one reason: they queue without bound no more
// than messages do.
void FollowerQueue::AddGapLocked(const Gap& gap) {
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && entry->gap; ++entry) {
    if (entry->gap->reason != gap.reason || entry->gap->channel != gap.channel) continue;
    entry->gap->count += gap.count;
    entry->gap->last = gap.last;
    return;
  }
  entries_.push_back({nullptr, gap});
  changed_.NotifyOne();
}

}  // namespace rsca::managers::syslog
