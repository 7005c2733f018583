// A question to all protocol managers, asked again and again: are you healthy, are you idle, have
// you prepared to be suspended?
#ifndef RSCA_SERVER_WORKER_SURVEY_H_
#define RSCA_SERVER_WORKER_SURVEY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/plugin_call_pool.h"
#include "server/worker/protocol_manager.h"

namespace rsca::worker {

class Plugins;

// Thread-safe. One round at a time: what is asked during a round is answered by the next one. A
// protocol manager that has not answered yet is not asked again, but waited for; so one that hangs
// holds one thread, however often it is asked about.
class Survey final : public std::enable_shared_from_this<Survey> {
 public:
  using Manager = std::shared_ptr<ProtocolManager>;
  // Nothing: all is well.
  using Answer = std::optional<v1::WorkerFailure>;
  // Takes the answer, once, on any thread, also long after the survey has ended.
  using Reply = std::function<void(Answer)>;

  struct Question {
    std::function<bool(const ProtocolManager&)> concerns;
    // Called on the pool. Makes the plug-in call, and sees to the reply.
    std::function<void(const Manager&, Reply)> ask;
    // The round is over with the first failure, without waiting for the others.
    bool first_failure_decides;
    // One number of those that were asked, and the failures of its round. Without locks; any
    // thread.
    std::function<void(uint64_t number, const std::vector<v1::WorkerFailure>& failures)> done;
  };

  // The pool has a thread for each protocol manager and survey. Both outlive Close.
  Survey(Question question, Plugins* plugins, PluginCallPool* pool);

  // `done` gets the number back once all have answered: never, if one never does.
  void Ask(uint64_t number);

  // Nothing is asked and nothing answered any more.
  void Close();

 private:
  // Returns whether the round is over before it has begun, because there is nobody to ask.
  bool BeginRound() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Take(const ProtocolManager* manager, Answer answer);
  // Answers the round that is over, and begins the next one if there is to be one.
  void Finish();

  const Question question_;
  Plugins* const plugins_;
  PluginCallPool* const pool_;

  Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<uint64_t> waiting_ ABSL_GUARDED_BY(mutex_);  // for the next round
  std::vector<uint64_t> numbers_ ABSL_GUARDED_BY(mutex_);  // of this round
  std::vector<v1::WorkerFailure> failures_ ABSL_GUARDED_BY(mutex_);
  std::set<const ProtocolManager*> missing_ ABSL_GUARDED_BY(mutex_);  // in this round
  // Those that have not answered, in whichever round they were asked.
  std::set<const ProtocolManager*> asked_ ABSL_GUARDED_BY(mutex_);
};

// Of IPmHealthAndIdleMonitor and IPmIdleTimeOutAction, without `done`.
Survey::Question HealthQuestion();
Survey::Question IdleQuestion();
Survey::Question SuspendQuestion();

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_SURVEY_H_
