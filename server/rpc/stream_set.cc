#include "server/rpc/stream_set.h"

#include <vector>

#include "server/actions/errors.h"

namespace rsca::rpc {

absl::Status StreamSet::Add(const std::shared_ptr<OpenStream>& stream) {
  MutexLock lock(&mutex_);
  if (draining_) return actions::ServerIsDraining();
  if (streams_.size() >= max_streams_) {
    return actions::LimitExceeded("watch_streams", max_streams_, "too many streams are open");
  }
  streams_.emplace(stream.get(), stream);
  return absl::OkStatus();
}

void StreamSet::Remove(const OpenStream* stream) {
  MutexLock lock(&mutex_);
  streams_.erase(stream);
  if (streams_.empty()) changed_.NotifyAll();
}

void StreamSet::Drain() {
  std::vector<std::shared_ptr<OpenStream>> streams;
  {
    MutexLock lock(&mutex_);
    draining_ = true;
    for (const auto& [key, weak] : streams_) {
      if (auto stream = weak.lock()) streams.push_back(std::move(stream));
    }
  }
  for (const auto& stream : streams) stream->End(actions::ServerIsDraining());
}

bool StreamSet::WaitUntilEmpty(absl::Duration limit) {
  const absl::Duration deadline = timers_->Now() + limit;
  MutexLock lock(&mutex_);
  while (!streams_.empty() && timers_->Now() < deadline) {
    changed_.WaitFor(&mutex_, deadline - timers_->Now());
  }
  return streams_.empty();
}

}  // namespace rsca::rpc
