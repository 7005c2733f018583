#include "server/delivery/pump.h"

#include <pthread.h>

#include <utility>

namespace rsca::delivery {
namespace {

// Several times what a write takes.
constexpr absl::Duration kPause = absl::Microseconds(200);

}  // namespace

Pump::Pump(Timers* timers) : timers_(timers), thread_([this] { Run(); }) {}

Pump::~Pump() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyOne();
  }
  thread_.join();
}

void Pump::Ready(std::shared_ptr<Pumped> pumped) {
  const absl::Duration now = timers_->Now();
  bool at_once = false;
  bool first = false;
  {
    MutexLock lock(&mutex_);
    at_once = !busy_ && ready_.empty() && now - last_ready_ > kPause;
    last_ready_ = now;
    if (!at_once) {
      ready_.push_back(std::move(pumped));
      first = ready_.size() == 1;
    }
  }
  if (at_once) return pumped->Advance();
  // Not under the lock: the thread that wakes would run at once, and wait for it.
  if (first) changed_.NotifyOne();
}

void Pump::Run() {
  pthread_setname_np(pthread_self(), "delivery");
  std::vector<std::shared_ptr<Pumped>> batch;
  while (true) {
    {
      MutexLock lock(&mutex_);
      busy_ = false;
      while (!stopping_ && ready_.empty()) changed_.Wait(&mutex_);
      if (stopping_) return;
      batch.swap(ready_);
      busy_ = true;
    }
    for (const auto& pumped : batch) pumped->Advance();
    batch.clear();
  }
}

}  // namespace rsca::delivery
