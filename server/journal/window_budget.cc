#include "server/journal/window_budget.h"

#include <utility>

namespace rsca::journal {

bool WindowBudget::Reserve(uint64_t bytes) {
  {
    MutexLock lock(&mutex_);
    if (reserved_ + bytes > limit_bytes_) return false;
    reserved_ += bytes;
  }
  TrimIfOverLimit();
  return true;
}

bool WindowBudget::ReserveSpare(uint64_t bytes) {
  {
    MutexLock lock(&mutex_);
    if (spare_ + bytes > limit_bytes_ / 4 || reserved_ + bytes > limit_bytes_) return false;
    spare_ += bytes;
    reserved_ += bytes;
  }
  TrimIfOverLimit();
  return true;
}

void WindowBudget::UnreserveSpare(uint64_t bytes) {
  MutexLock lock(&mutex_);
  spare_ -= bytes;
  reserved_ -= bytes;
}

void WindowBudget::TrimIfOverLimit() {
  if (!OverLimit()) return;
  MutexLock lock(&windows_mutex_);
  for (Trimmable* window : windows_) window->Trim();
}

void WindowBudget::Unreserve(uint64_t bytes) {
  MutexLock lock(&mutex_);
  reserved_ -= bytes;
}

void WindowBudget::Add(Trimmable* window) {
  MutexLock lock(&windows_mutex_);
  windows_.insert(window);
}

void WindowBudget::Remove(Trimmable* window) {
  MutexLock lock(&windows_mutex_);
  windows_.erase(window);
}

void WindowBudget::AddKept(int64_t bytes) {
  MutexLock lock(&mutex_);
  kept_ += bytes;
}

bool WindowBudget::OverLimit() const {
  MutexLock lock(&mutex_);
  return kept_ > 0 && reserved_ + static_cast<uint64_t>(kept_) > limit_bytes_;
}

bool WindowReservation::Grow(uint64_t spare) {
  if (released_) {
    budget_->UnreserveSpare(spare);
    return false;
  }
  spare_ += spare;
  return true;
}

void WindowReservation::Release() {
  if (std::exchange(released_, true)) return;
  budget_->Unreserve(bytes_);
  budget_->UnreserveSpare(spare_);
}

}  // namespace rsca::journal
