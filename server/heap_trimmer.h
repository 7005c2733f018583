// Gives back to the operating system what the allocator keeps of freed memory.
#ifndef RSCA_SERVER_HEAP_TRIMMER_H_
#define RSCA_SERVER_HEAP_TRIMMER_H_

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "common/timers.h"

namespace rsca::server {

// glibc gives back only what is free at the end of its heaps. What many large results have taken,
// some hundred megabytes, would stay with the server for as long as something small that is still
// in use lies behind it.
class HeapTrimmer final : public std::enable_shared_from_this<HeapTrimmer> {
 public:
  static constexpr absl::Duration kLookEvery = absl::Seconds(10);
  // Less is not worth the page faults when it is used again.
  static constexpr int64_t kWorthBytes = int64_t{32} << 20;

  // `timers` outlives it.
  explicit HeapTrimmer(Timers* timers) : timers_(timers) {}

  // Looks from here on, until it is gone. Once.
  void Start();

 private:
  void Arm();
  void Look();

  Timers* const timers_;
  // Resident, but not in use: what the program itself takes, and what the allocator keeps.
  int64_t least_unused_ = 0;
};

}  // namespace rsca::server

#endif  // RSCA_SERVER_HEAP_TRIMMER_H_
