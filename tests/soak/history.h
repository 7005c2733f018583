// What became of each worker, by the server's own events, held against what was done to it.
#ifndef RSCA_TESTS_SOAK_HISTORY_H_
#define RSCA_TESTS_SOAK_HISTORY_H_

#include <sys/types.h>

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "rsca/client/client.h"
#include "tests/soak/tally.h"

namespace rsca::soak {

// What chaos does to workers.
enum class Deed {
  kKilled,   // SIGKILL
  kAborted,  // SIGABRT, or a plug-in that aborts
  kStopped,  // SIGSTOP, for a while or for good
  kStarved,  // of descriptors or of memory
};

// Thread-safe.
class History {
 public:
  // Follows the events from here on, on a thread of its own.
  History(Tally* tally, client::Client client);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // Follows no more.
  void Stop();

  // Before it is done: the end may come faster.
  void Note(const std::string& pool, const std::string& worker, Deed deed);
  // To whichever worker of the pool it hits.
  void NoteOfPool(const std::string& pool, Deed deed);

  // Whether a worker ended so; waits for the event, which comes on another stream. `asked`: of a
  // conversation that ended while its worker was asked to, by whatever the process ended in the
  // end.
  bool HasEnded(const v1::WorkerExit& exit, bool asked);

  // The ends of workers with that process id.
  std::string Describe(pid_t pid) const;

  // Whether a worker of the pool was short of descriptors or memory a short time ago.
  bool StarvedLately(const std::string& pool) const;

  // Process ids of all workers that have ended.
  std::set<pid_t> EndedPids() const;

 private:
  struct Life {
    bool started = false;
    bool ended = false;
    std::set<Deed> deeds;
  };

  void Follow();
  void OnEvent(const v1::WorkerProcessEvent& event);
  void OnEnded(const v1::WorkerProcessEvent& event, const Life& life)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Did(const v1::WorkerProcessEvent& event, const Life& life, Deed deed) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Tally* const tally_;
  client::PoolEventStream events_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::map<std::string, Life> lives_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::set<Deed>> deeds_of_pools_ ABSL_GUARDED_BY(mutex_);
  std::map<pid_t, std::vector<v1::WorkerExit>> exits_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, absl::Time> last_starvations_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_HISTORY_H_
