#include "server/delivery/pump.h"

#include <pthread.h>

#include <utility>

namespace rsca::delivery {

Pump::Pump() : thread_([this] { Run(); }) {}

Pump::~Pump() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyOne();
  }
  thread_.join();
}

void Pump::Ready(std::shared_ptr<Pumped> pumped) {
  bool first = false;
  {
    MutexLock lock(&mutex_);
    ready_.push_back(std::move(pumped));
    first = ready_.size() == 1;
  }
  // Not under the lock: the thread that wakes would run at once, and wait for it.
  if (first) changed_.NotifyOne();
}

void Pump::Run() {
  pthread_setname_np(pthread_self(), "delivery");
  std::vector<std::shared_ptr<Pumped>> batch;
  while (true) {
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && ready_.empty()) changed_.Wait(&mutex_);
      if (stopping_) return;
      batch.swap(ready_);
    }
    for (const auto& pumped : batch) pumped->Advance();
    batch.clear();
  }
}

}  // namespace rsca::delivery
