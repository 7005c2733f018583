// Preloaded into rscad: counts its calls of fdatasync and fsync in the file that
// RSCA_BENCH_SYNC_COUNT names (8 bytes, in the host's order), and makes them.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

std::atomic<uint64_t>* Counter() {
  static std::atomic<uint64_t>* const counter = [] {
    static std::atomic<uint64_t> nobody_reads{0};
    const char* path = std::getenv("RSCA_BENCH_SYNC_COUNT");
    const int file = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return &nobody_reads;
    void* const page =
        mmap(nullptr, sizeof(nobody_reads), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return page == MAP_FAILED ? &nobody_reads : static_cast<std::atomic<uint64_t>*>(page);
  }();
  return counter;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int fdatasync(int file) {
  static const auto next = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fdatasync"));
  Counter()->fetch_add(1, std::memory_order_relaxed);
  return next(file);
}

extern "C" __attribute__((visibility("default"))) int fsync(int file) {
  static const auto next = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fsync"));
  Counter()->fetch_add(1, std::memory_order_relaxed);
  return next(file);
}
