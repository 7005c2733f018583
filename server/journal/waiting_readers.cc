#include "server/journal/waiting_readers.h"

namespace rsca::journal {

void WaitingReaders::Add(WaitingReader* reader) {
  if (!std::exchange(reader->waits_, true)) readers_.push_back(reader);
}

void WaitingReaders::Remove(WaitingReader* reader) {
  if (std::exchange(reader->waits_, false)) std::erase(readers_, reader);
}

Wakeups WaitingReaders::Take() {
  std::vector<std::shared_ptr<ReaderListener>> listeners;
  listeners.reserve(readers_.size());
  for (WaitingReader* const reader : readers_) {
    reader->waits_ = false;
    if (auto listener = reader->listener_.lock()) listeners.push_back(std::move(listener));
  }
  readers_.clear();
  return Wakeups(std::move(listeners));
}

}  // namespace rsca::journal
