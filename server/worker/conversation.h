// What a plug-in's callback leads to: the channels that share one registration (or the one channel
// of a run), their credits, and the line of reports that wait for them.
//
// Here live the rules of ReportResult: any thread, several at once, inside the register call or
// long after it; ordered by who took its place; copied before it returns; waiting while readers
// cannot keep up; nothing delivered after the end.
#ifndef RSCA_SERVER_WORKER_CONVERSATION_H_
#define RSCA_SERVER_WORKER_CONVERSATION_H_

#include <rsca/wpframework.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/mutex.h"
#include "common/report_frame.h"
#include "server/worker/report_queue.h"

namespace rsca::worker {

// What a plug-in may report, the same for every channel.
struct ReportLimits {
  uint64_t response_bytes;
  uint32_t results_per_second;  // of one channel; 0 for no limit
  std::chrono::milliseconds wait;
};

// Thread-safe. `gone` is told, without locks, of each channel that has ended. Plug-ins may not know
// what an exception is: where there is no memory for a response, Report fails; where there is none
// even for the few bytes of a note, the process ends, and every reader learns that it did.
class Conversation {
 public:
  enum class Leaving {
    kUnknown,  // the channel is not, or no longer, here
    kLeft,     // others go on
    kLast,     // the channel stays until EndAll: the plug-in has to be unregistered now
  };

  Conversation(std::string function, const ReportLimits& limits, std::shared_ptr<ReportQueue> queue,
               std::function<void(uint64_t channel)> gone);

  // What the plug-in calls, through its callback object.
  HRESULT Report(HRESULT status, bool final, const BYTE* response, size_t size) noexcept;
  // It has released its last reference.
  void Dropped() noexcept;

  // Results from now on go to this channel, too. False when the conversation is over.
  // `refusing` is as for RefuseReports.
  bool Join(uint64_t channel, uint64_t credit, HRESULT refusing = S_OK);
  Leaving Leave(uint64_t channel);
  // The plug-in has been unregistered, or a run's response is not wanted any more.
  void EndAll(ReportKind end, HRESULT hresult);
  // The plug-in refused: nothing more is said about the channels.
  void Fail();

  void AddCredit(uint64_t channel, uint64_t bytes);
  // The channel takes nothing, whatever its credit, until this is called with S_OK. A report that
  // all refuse fails at once with the failing HRESULT; for others that take it, it waits for the
  // channel as for credit.
  void RefuseReports(uint64_t channel, HRESULT hresult);
  // Reports for this channel alone fail at once from here on.
  void Discard(uint64_t channel);
  // From here on no report waits; a final one needs no credit and is not refused.
  void BeginShutdown();
  // The server is gone: every report fails.
  void Abandon();

  // Whether it has ended, for whatever reason.
  bool over();

  // The text of a failing final report; empty if there was none. A register call that fails after
  // one is refused with these words.
  std::string failure();

 private:
  using Clock = std::chrono::steady_clock;

  struct Sharer {
    uint64_t channel;
    int64_t credit;
    HRESULT refusing;               // failing: it takes nothing for now
    Clock::time_point paced_until;  // when its results so far fit the limit per second
    bool discarded;
    bool owed;  // the report at the head of the line has still to reach it
    bool done;  // it has the final report, for which others still wait
  };

  struct Result {
    HRESULT status;
    bool final;
    absl::string_view response;  // the plug-in's own bytes, which stay as they are until it is told
    bool no_memory = false;      // to pass it on
    bool waits = false;          // not sent at once
    bool to_flush = false;       // this thread is the one to send it
  };

  // A call of Report in the line.
  struct Waiter {
    CondVar woken;
  };

  HRESULT RefuseTooLarge(size_t size);
  HRESULT Take(Result* result, std::vector<uint64_t>* gone) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  HRESULT WaitInLine(Result* result, bool owing, size_t* taken)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Owe() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t SendToOwed(Result* result, Clock::time_point* paced_until)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool CanTake(const Sharer& sharer, bool final, Clock::time_point now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // False when there is no memory; then nothing has changed.
  bool Send(Sharer* sharer, Result* result) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PushEnded(const Sharer& sharer, ReportKind end, HRESULT hresult)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LoseOwed(std::vector<uint64_t>* gone) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // S_OK, or what a report that so many sharers have `taken` gets at once.
  HRESULT WhyNot(bool final, size_t taken) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool NobodyReads() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool AnyOwed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<uint64_t> Finish(HRESULT end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Clock::time_point PaceNow() const;
  void Tell(const std::vector<uint64_t>& gone) const;

  const std::string function_;
  const ReportLimits limits_;
  const Clock::duration pace_;        // time that one result takes of the limit per second
  const Clock::duration pace_burst_;  // how far ahead of its pace a channel may be
  const std::shared_ptr<ReportQueue> queue_;
  const std::function<void(uint64_t)> gone_;

  Mutex mutex_;
  HRESULT end_ ABSL_GUARDED_BY(mutex_) = S_OK;  // what reports get once it is over
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
  HRESULT last_answer_ ABSL_GUARDED_BY(mutex_) = S_OK;  // to the plug-in's latest report
  bool warned_ ABSL_GUARDED_BY(mutex_) = false;
  std::string failure_ ABSL_GUARDED_BY(mutex_);
  std::vector<Sharer> sharers_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiter*> line_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_CONVERSATION_H_
