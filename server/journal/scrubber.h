// Reads all of a journal once, in the background, after it was opened: a bad block is found now and
// not when a client asks for what was in it.
#ifndef RSCA_SERVER_JOURNAL_SCRUBBER_H_
#define RSCA_SERVER_JOURNAL_SCRUBBER_H_

#include <atomic>
#include <functional>
#include <thread>

#include "absl/status/status.h"
#include "server/journal/store_keeper.h"

namespace rsca::journal {

class Scrubber {
 public:
  // `on_damage` is called on the scrubber's thread for each file that is bad: DATA_LOSS with the
  // file and which logs are in it. Both outlive the scrubber.
  Scrubber(const StoreKeeper* keeper, std::function<void(const absl::Status&)> on_damage);
  // Stops it after the file that it is reading.
  ~Scrubber();

 private:
  void Run();

  const StoreKeeper* const keeper_;
  const std::function<void(const absl::Status&)> on_damage_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_SCRUBBER_H_
