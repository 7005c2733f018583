#include "server/managers/syslog/hub.h"

#include <algorithm>
#include <utility>

#include "server/managers/syslog/parser.h"
#include "server/managers/syslog/steady_now.h"

namespace rsca::managers::syslog {

Hub::Hub(const HubLimits& limits, std::function<void()> released)
    : limits_(limits), holds_(std::move(released)) {}

void Hub::Publish(const Origin& origin, std::string_view bytes,
                  const std::shared_ptr<Counters>& counters) {
  auto record = std::make_shared<Record>();
  record->number = ++last_number_;
  record->channel = origin.channel;
  record->message =
      ParseMessage(bytes, origin.protocol == "syslog.unix" ? Host::kNone : Host::kNamed);
  record->json = MessageJson(record->number, origin, record->message, bytes);
  record->counters = counters;
  ++counters->received;
  counters->truncated += origin.truncated ? 1 : 0;
  counters->unparsed += record->message.format == Format::kRaw ? 1 : 0;

  MutexLock lock(&mutex_);
  Keep(record);
  for (const auto& follower : followers_) {
    if (follower->filter().Matches(*record)) follower->Offer(record);
  }
}

void Hub::PublishKernelDrops(DWORD channel, uint64_t count,
                             const std::shared_ptr<Counters>& counters) {
  counters->dropped_by_kernel += count;
  MutexLock lock(&mutex_);
  for (const auto& follower : followers_) {
    if (follower->filter().WantsChannel(channel)) follower->OfferKernelGap(channel, count);
  }
}

absl::Duration Hub::HeldFor() {
  absl::Duration longest = absl::ZeroDuration();
  if (!held()) return longest;
  const absl::Time now = SteadyNow();
  for (const auto& follower : followers()) longest = std::max(longest, follower->HoldsFor(now));
  return longest;
}

std::shared_ptr<FollowerQueue> Hub::Follow(std::unique_ptr<const Filter> filter, size_t last) {
  auto queue = std::make_shared<FollowerQueue>(std::move(filter), limits_.queue, &holds_);
  MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<const Record>> wanted;
  for (auto record = kept_.rbegin(); record != kept_.rend() && wanted.size() < last; ++record) {
    if (queue->filter().Matches(**record)) wanted.push_back(*record);
  }
  for (auto record = wanted.rbegin(); record != wanted.rend(); ++record) {
    queue->AddBuffered(*record);
  }
  followers_.push_back(queue);
  return queue;
}

void Hub::Leave(const std::shared_ptr<FollowerQueue>& queue) {
  {
    MutexLock lock(&mutex_);
    std::erase(followers_, queue);
  }
  queue->Close();
}

std::vector<std::shared_ptr<FollowerQueue>> Hub::followers() {
  MutexLock lock(&mutex_);
  return followers_;
}

Hub::Buffer Hub::buffer() {
  MutexLock lock(&mutex_);
  return {kept_.size(), kept_bytes_, evicted_};
}

void Hub::Keep(const std::shared_ptr<const Record>& record) {
  kept_.push_back(record);
  kept_bytes_ += record->Size();
  while (kept_.size() > limits_.buffer_messages || kept_bytes_ > limits_.buffer_bytes) {
    kept_bytes_ -= kept_.front()->Size();
    kept_.pop_front();
    ++evicted_;
  }
}

}  // namespace rsca::managers::syslog
