#include "server/journal/window_budget.h"

namespace rsca::journal {

bool WindowBudget::Reserve(uint64_t bytes) {
  {
    MutexLock lock(&mutex_);
    if (reserved_ + bytes > limit_bytes_) return false;
    reserved_ += bytes;
  }
  if (OverLimit()) {
    MutexLock windows_lock(&windows_mutex_);
    for (Trimmable* window : windows_) window->Trim();
  }
  return true;
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

}  // namespace rsca::journal
