#include "server/journal/reclaimer.h"

#include <algorithm>
#include <utility>

#include "common/log.h"

namespace rsca::journal {
namespace {

// Rewriting files costs more than a few deleted results take.
constexpr uint64_t kWorthBytes = 4 << 20;

}  // namespace

Reclaimer::Reclaimer(StoreKeeper* keeper) : keeper_(keeper), thread_([this] { Run(); }) {}

Reclaimer::~Reclaimer() { Stop(); }

void Reclaimer::OnDeleted(uint64_t log, uint64_t end_sequence, uint64_t bytes) {
  MutexLock lock(&mutex_);
  uint64_t& end = ends_[log];
  end = std::max(end, end_sequence);
  bytes_ += bytes;
  if (bytes_ >= kWorthBytes) changed_.NotifyOne();
}

void Reclaimer::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.NotifyOne();
  if (thread_.joinable()) thread_.join();
}

void Reclaimer::Run() {
  while (true) {
    std::map<uint64_t, uint64_t> ends;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && bytes_ < kWorthBytes) changed_.Wait(&mutex_);
      if (stopping_) return;
      ends = std::exchange(ends_, {});
      bytes_ = 0;
    }
    const std::shared_ptr<Store> store = keeper_->store();
    if (store == nullptr) continue;
    // Neighbours together: each call flushes what is in memory.
    for (auto range = ends.begin(); range != ends.end();) {
      const uint64_t begin = range->first;
      auto last = range;
      while (std::next(last) != ends.end() && std::next(last)->first == last->first + 1) ++last;
      const absl::Status status =
          store->Reclaim(EntryKey(begin, 0), EntryKey(last->first, last->second));
      if (!status.ok()) {
        LogWarning("cannot give the journal's disk space back yet",
                   {{"error", absl::string_view(status.message())}});
        break;
      }
      range = std::next(last);
    }
  }
}

}  // namespace rsca::journal
