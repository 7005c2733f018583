#include "server/worker/survey.h"

#include <utility>

#include "server/worker/plugins.h"

namespace rsca::worker {

Survey::Survey(Question question, Plugins* plugins, PluginCallPool* pool)
    : question_(std::move(question)), plugins_(plugins), pool_(pool) {}

void Survey::Ask(uint64_t number) {
  bool over = false;
  {
    MutexLock lock(&mutex_);
    if (closed_) return;
    waiting_.push_back(number);
    over = !running_ && BeginRound();
  }
  if (over) Finish();
}

bool Survey::BeginRound() {
  running_ = true;
  numbers_.swap(waiting_);
  for (const Manager& manager : plugins_->managers()) {
    if (!question_.concerns(*manager)) continue;
    missing_.insert(manager.get());
    if (!asked_.insert(manager.get()).second) continue;
    // The reply holds neither: a plug-in may keep it for ever.
    Reply reply = [weak = weak_from_this(), asked = manager.get()](Answer answer) {
      if (const auto self = weak.lock()) self->Take(asked, std::move(answer));
    };
    pool_->RunWhenFree([self = shared_from_this(), manager, reply = std::move(reply)] {
      self->question_.ask(manager, reply);
    });
  }
  return missing_.empty();
}

void Survey::Take(const ProtocolManager* manager, Answer answer) {
  {
    MutexLock lock(&mutex_);
    asked_.erase(manager);
    if (closed_ || missing_.erase(manager) == 0) return;
    const bool decided = answer.has_value() && question_.first_failure_decides;
    if (answer.has_value()) failures_.push_back(*std::move(answer));
    if (decided) missing_.clear();
    if (!missing_.empty()) return;
  }
  Finish();
}

void Survey::Finish() {
  bool over = true;
  while (over) {
    std::vector<uint64_t> numbers;
    std::vector<v1::WorkerFailure> failures;
    {
      MutexLock lock(&mutex_);
      numbers.swap(numbers_);
      failures.swap(failures_);
    }
    for (const uint64_t number : numbers) question_.done(number, failures);
    MutexLock lock(&mutex_);
    running_ = false;
    if (closed_ || waiting_.empty()) return;
    over = BeginRound();
  }
}

void Survey::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
}

}  // namespace rsca::worker
