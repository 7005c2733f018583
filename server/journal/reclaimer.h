// Gives the disk space of what was deleted back, in the background: RocksDB alone does so when more
// is written, which may be never.
#ifndef RSCA_SERVER_JOURNAL_RECLAIMER_H_
#define RSCA_SERVER_JOURNAL_RECLAIMER_H_

#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include "common/mutex.h"
#include "server/journal/store_keeper.h"

namespace rsca::journal {

// Thread-safe.
class Reclaimer {
 public:
  // The keeper outlives it.
  explicit Reclaimer(StoreKeeper* keeper);
  // As Stop.
  ~Reclaimer();

  // About so many bytes of a log were deleted, up to (without) that sequence.
  void OnDeleted(uint64_t log, uint64_t end_sequence, uint64_t bytes);

  // Waits for what is running.
  void Stop();

 private:
  void Run();

  StoreKeeper* const keeper_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<uint64_t, uint64_t> ends_ ABSL_GUARDED_BY(mutex_);  // end sequence by log
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_RECLAIMER_H_
