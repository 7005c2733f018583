#include "server/heap_trimmer.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace rsca::server {
namespace {

// The allocator's count of free bytes does not tell what was given back: the kernel is asked.
int64_t ResidentBytes() {
  int64_t pages_in_all = 0;
  int64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> pages_in_all >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

int64_t UnusedBytes() {
  const struct mallinfo2 heaps = mallinfo2();
  return ResidentBytes() - static_cast<int64_t>(heaps.uordblks + heaps.hblkhd);
}

}  // namespace

void HeapTrimmer::Start() {
  least_unused_ = UnusedBytes();
  Arm();
}

void HeapTrimmer::Arm() {
  timers_->After(kLookEvery, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Look();
  });
}

void HeapTrimmer::Look() {
  const int64_t unused = UnusedBytes();
  least_unused_ = std::min(least_unused_, unused);
  if (unused - least_unused_ >= kWorthBytes) {
    malloc_trim(0);
    least_unused_ = UnusedBytes();
  }
  Arm();
}

}  // namespace rsca::server
