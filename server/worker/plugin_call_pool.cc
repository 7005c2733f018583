#include "server/worker/plugin_call_pool.h"

#include <pthread.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/time/clock.h"
#include "common/log.h"

namespace rsca::worker {

PluginCallPool::PluginCallPool(size_t max_threads)
    : max_threads_(std::max<size_t>(max_threads, 1)) {
  MutexLock lock(&mutex_);
  // One thread always exists: RunWhenFree counts on it when the system gives no more.
  threads_.emplace_back([this] { Run(); });
}

PluginCallPool::~PluginCallPool() {
  Close();
  std::vector<std::thread> threads;
  {
    MutexLock lock(&mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

bool PluginCallPool::TryRun(std::function<void()> call) {
  MutexLock lock(&mutex_);
  if (closed_) return false;
  const bool free = running_ + calls_.size() < threads_.size();
  if (!free && !AddThread()) return false;
  Put(std::move(call));
  return true;
}

void PluginCallPool::RunWhenFree(std::function<void()> call) {
  MutexLock lock(&mutex_);
  if (closed_) return;
  if (running_ + calls_.size() >= threads_.size()) AddThread();
  Put(std::move(call));
}

void PluginCallPool::Put(std::function<void()> call) {
  calls_.push_back(std::move(call));
  filled_.NotifyOne();
}

bool PluginCallPool::AddThread() {
  if (threads_.size() >= max_threads_) return false;
  try {
    threads_.emplace_back([this] { Run(); });
    return true;
  } catch (const std::system_error& error) {
    LogWarning("no thread for another plug-in call", {{"error", error.what()}});
    return false;
  }
}

void PluginCallPool::Close() {
  std::deque<std::function<void()>> dropped;  // destroyed after the lock
  MutexLock lock(&mutex_);
  closed_ = true;
  dropped.swap(calls_);
  filled_.NotifyAll();
  if (running_ == 0) idle_.NotifyAll();
}

bool PluginCallPool::WaitIdle(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  MutexLock lock(&mutex_);
  while (running_ > 0 || !calls_.empty()) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    idle_.WaitFor(&mutex_, left);
  }
  return true;
}

void PluginCallPool::Run() {
  pthread_setname_np(pthread_self(), "plugin-call");
  mutex_.Lock();
  while (true) {
    while (calls_.empty() && !closed_) filled_.Wait(&mutex_);
    if (calls_.empty()) break;
    std::function<void()> call = std::move(calls_.front());
    calls_.pop_front();
    ++running_;
    mutex_.Unlock();
    call();
    call = nullptr;
    mutex_.Lock();
    --running_;
    if (running_ == 0 && calls_.empty()) idle_.NotifyAll();
  }
  mutex_.Unlock();
}

}  // namespace rsca::worker
