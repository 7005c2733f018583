// The events of all pools: numbered, the last ones kept, any number of readers.
#ifndef RSCA_SERVER_WORKERS_POOL_EVENTS_H_
#define RSCA_SERVER_WORKERS_POOL_EVENTS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "server/workers/pool_info.h"

namespace rsca::workers {

// Thread-safe.
class PoolEvents {
 public:
  // A reader's place. Used by one thread at a time; destroying it gives the place up. Outlived by
  // the PoolEvents.
  class Reader {
   public:
    virtual ~Reader() = default;
    // The next events, at most so many, and moves past them. After none, `wake` is called once when
    // there is one. OUT_OF_RANGE (EVENTS_TRUNCATED, metadata `oldest_sequence`) when the reader was
    // so slow that the next one is not kept any more.
    virtual absl::StatusOr<std::vector<PoolEvent>> Read(size_t max_events) = 0;
  };

  explicit PoolEvents(size_t kept_events);

  // Gives the event its number and time, and wakes readers. Called without locks.
  void Add(PoolEvent event);

  // Reads what comes after a sequence; without one, what comes from now on. `wake` is called on any
  // thread and must not block. OUT_OF_RANGE for a sequence that is not kept any more
  // (EVENTS_TRUNCATED) or does not exist yet (SEQUENCE_NOT_REACHED, metadata `last_sequence`).
  absl::StatusOr<std::unique_ptr<Reader>> Open(std::optional<uint64_t> after,
                                               std::function<void()> wake);

  uint64_t last_sequence() const;

 private:
  class Cursor;
  friend class Cursor;

  const size_t kept_events_;
  mutable Mutex mutex_;
  uint64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<PoolEvent> events_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_reader_ ABSL_GUARDED_BY(mutex_) = 0;
  // By number; those that are to be woken by the next event.
  std::unordered_map<uint64_t, std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_POOL_EVENTS_H_
