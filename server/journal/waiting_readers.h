// Readers that have reached the end of a log, and are to be told when it goes on.
#ifndef RSCA_SERVER_JOURNAL_WAITING_READERS_H_
#define RSCA_SERVER_JOURNAL_WAITING_READERS_H_

#include <memory>
#include <utility>
#include <vector>

#include "server/journal/result_log.h"

namespace rsca::journal {

// The part of a reader that waits; guarded by the log's lock.
class WaitingReader {
 public:
  explicit WaitingReader(std::weak_ptr<ReaderListener> listener) : listener_(std::move(listener)) {}

 private:
  friend class WaitingReaders;
  const std::weak_ptr<ReaderListener> listener_;
  bool waits_ = false;
};

// Guarded by the log's lock.
class WaitingReaders {
 public:
  // Once, however often.
  void Add(WaitingReader* reader);
  void Remove(WaitingReader* reader);
  // Those to tell: nobody waits any more.
  Wakeups Take();

 private:
  std::vector<WaitingReader*> readers_;
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_WAITING_READERS_H_
