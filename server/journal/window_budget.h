// The bytes that all attached registrations' windows may take together.
//
// Each live window reserves what its plug-in may report ahead of the readers, and those with much
// traffic more while there is room to spare; what readers have passed is kept for clients that join
// again as long as reservations leave room. So the sum stays within the limit.
#ifndef RSCA_SERVER_JOURNAL_WINDOW_BUDGET_H_
#define RSCA_SERVER_JOURNAL_WINDOW_BUDGET_H_

#include <cstdint>
#include <unordered_set>

#include "common/mutex.h"

namespace rsca::journal {

// A window that can give back what it keeps beyond its reservation.
class Trimmable {
 public:
  virtual ~Trimmable() = default;
  // Drops what no reader needs. Calls back into WindowBudget::AddKept only.
  virtual void Trim() = 0;
};

// Thread-safe. Lock order: the budget's list, then a window's lock, then the budget's counters.
class WindowBudget {
 public:
  explicit WindowBudget(uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  // Room for one more live window, after trimming others if need be. False when reservations alone
  // would pass the limit; then nothing is reserved.
  bool Reserve(uint64_t bytes);

  // Gives a reservation back.
  void Unreserve(uint64_t bytes);

  // More for a window that has a reservation. All of that together takes at most a quarter of the
  // limit, so that there is always room for another window.
  bool ReserveSpare(uint64_t bytes);
  void UnreserveSpare(uint64_t bytes);

  // `window` can be trimmed from here to Remove, which waits for a Trim that is running.
  void Add(Trimmable* window);
  void Remove(Trimmable* window);

  // A window keeps more (or less, when negative) beyond its reservation.
  void AddKept(int64_t bytes);

  // Whether windows should give back what they can.
  bool OverLimit() const;

  uint64_t limit_bytes() const { return limit_bytes_; }

 private:
  void TrimIfOverLimit();

  const uint64_t limit_bytes_;
  Mutex windows_mutex_;
  std::unordered_set<Trimmable*> windows_ ABSL_GUARDED_BY(windows_mutex_);
  mutable Mutex mutex_;
  uint64_t reserved_ ABSL_GUARDED_BY(mutex_) = 0;  // with what is spare
  uint64_t spare_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t kept_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What one live window has reserved, until it is released. Guarded by its owner's lock, but for
// Grow's part in the budget.
class WindowReservation {
 public:
  // `bytes` were reserved.
  WindowReservation(WindowBudget* budget, uint64_t bytes) : budget_(budget), bytes_(bytes) {}
  ~WindowReservation() { Release(); }
  WindowReservation(const WindowReservation&) = delete;
  WindowReservation& operator=(const WindowReservation&) = delete;

  // `spare` were reserved as such; after Release they are given back at once.
  bool Grow(uint64_t spare);
  void Release();

 private:
  WindowBudget* const budget_;
  const uint64_t bytes_;
  uint64_t spare_ = 0;
  bool released_ = false;
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_WINDOW_BUDGET_H_
