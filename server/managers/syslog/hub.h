// Where all channels' messages meet all followers: numbers them, keeps the latest, and puts each
// into the queues of those who want it.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_HUB_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_HUB_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/mutex.h"
#include "server/managers/syslog/follower_queue.h"
#include "server/managers/syslog/record.h"

namespace rsca::managers::syslog {

struct HubLimits {
  size_t buffer_messages = 10'000;
  size_t buffer_bytes = size_t{32} << 20;
  QueueLimits queue;
};

// Thread-safe, but for Publish: one thread at a time.
class Hub {
 public:
  // `released`: called on any thread when channels are no longer held.
  Hub(const HubLimits& limits, std::function<void()> released);

  // Understands the bytes of one message and passes it on.
  void Publish(const Origin& origin, std::string_view bytes,
               const std::shared_ptr<Counters>& counters);

  // The kernel had no room for so many datagrams.
  void PublishKernelDrops(DWORD channel, uint64_t count, const std::shared_ptr<Counters>& counters);

  // Messages so far, of all channels.
  uint64_t received() const { return last_number_; }

  // Whether channels that can wait must do so now.
  bool held() const { return holds_.any(); }

  // For how long they must at most; lets go those whose time is up.
  absl::Duration HeldFor();

  // A new follower's queue, which begins with the last `last` messages that are kept and that it
  // wants. None comes twice, none is left out.
  std::shared_ptr<FollowerQueue> Follow(std::unique_ptr<const Filter> filter, size_t last);
  void Leave(const std::shared_ptr<FollowerQueue>& queue);

  std::vector<std::shared_ptr<FollowerQueue>> followers();

  struct Buffer {
    size_t messages = 0;
    size_t bytes = 0;
    uint64_t evicted = 0;
  };
  Buffer buffer();

 private:
  void Keep(const std::shared_ptr<const Record>& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const HubLimits limits_;
  Holds holds_;
  std::atomic<uint64_t> last_number_{0};  // Publish alone counts
  Mutex mutex_;
  std::deque<std::shared_ptr<const Record>> kept_ ABSL_GUARDED_BY(mutex_);
  size_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t evicted_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::shared_ptr<FollowerQueue>> followers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_HUB_H_
