// What is remembered, logged and told of a pool's life.
#ifndef RSCA_SERVER_WORKERS_POOL_RECORD_H_
#define RSCA_SERVER_WORKERS_POOL_RECORD_H_

#include <cstdint>
#include <deque>
#include <string>

#include "server/workers/effects.h"
#include "server/workers/pool_events.h"
#include "server/workers/pool_info.h"

namespace rsca::workers {

// A failure, in the sense of rapid-fail protection.
bool IsFailure(ExitReason reason);

// Not thread-safe. Events are added as effects; the pointers outlive it.
class PoolRecord {
 public:
  PoolRecord(std::string pool, Effects* effects, PoolEvents* events)
      : pool_(std::move(pool)), effects_(effects), events_(events) {}

  // Of a worker.
  void Add(PoolEvent::Kind kind, const std::string& worker, const std::string& detail = "");
  // Of the pool.
  void AddOfPool(PoolEvent::Kind kind, const std::string& detail);
  void AddOfFunction(PoolEvent::Kind kind, const std::string& function, const std::string& detail);
  void AddEnd(const std::string& worker, const WorkerExit& exit);

  void CountStart() { ++starts_; }
  void CountRecycle() { ++recycles_; }

  // Sets the parts of the info that are kept here.
  void Fill(PoolInfo* info) const;

 private:
  void Tell(PoolEvent event);

  const std::string pool_;
  Effects* const effects_;
  PoolEvents* const events_;
  std::deque<WorkerEnd> last_ends_;  // newest first
  int64_t starts_ = 0;
  int64_t recycles_ = 0;
  int64_t failures_ = 0;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_POOL_RECORD_H_
