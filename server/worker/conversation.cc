#include "server/worker/conversation.h"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "absl/time/time.h"
#include "common/log.h"
#include "common/worker_protocol.h"
#include "server/worker/plain_text.h"

namespace rsca::worker {
namespace {

constexpr HRESULT kEnded = HRESULT_FROM_WIN32(ERROR_INVALID_STATE);
constexpr HRESULT kCancelled = HRESULT_FROM_WIN32(ERROR_CANCELLED);

// A tenth of a second's results may come at once, so that pacing does not depend on how finely
// threads can sleep.
constexpr std::chrono::milliseconds kPaceBurst(100);

std::chrono::nanoseconds PaceOf(uint32_t results_per_second) {
  return results_per_second == 0 ? std::chrono::nanoseconds(0)
                                 : std::chrono::nanoseconds(std::chrono::seconds(1)) /
                                       static_cast<int64_t>(results_per_second);
}

}  // namespace

Conversation::Conversation(std::string function, const ReportLimits& limits,
                           std::shared_ptr<ReportQueue> queue,
                           std::function<void(uint64_t channel)> gone)
    : function_(std::move(function)),
      limits_(limits),
      pace_(PaceOf(limits.results_per_second)),
      pace_burst_(std::max<Clock::duration>(kPaceBurst - pace_, Clock::duration::zero())),
      queue_(std::move(queue)),
      gone_(std::move(gone)) {}

HRESULT Conversation::Report(HRESULT status, bool final, const BYTE* response,
                             size_t size) noexcept {
  if (response == nullptr && size > 0) return E_POINTER;
  if (size > limits_.response_bytes) return RefuseTooLarge(size);
  Result result{status, final, {reinterpret_cast<const char*>(response), size}};
  std::string failure;
  try {
    if (final && FAILED(status)) {
      failure = PlainText(std::string_view(result.response.data(), result.response.size()));
    }
  } catch (const std::bad_alloc&) {
    MutexLock lock(&mutex_);
    return last_answer_ = E_OUTOFMEMORY;
  }
  std::vector<uint64_t> gone;
  HRESULT taken;
  {
    MutexLock lock(&mutex_);
    taken = Take(&result, &gone);
    if (SUCCEEDED(taken)) failure_ = std::move(failure);
    last_answer_ = taken;
  }
  if (result.to_flush) queue_->Flush();
  Tell(gone);
  return taken;
}

std::string Conversation::failure() {
  MutexLock lock(&mutex_);
  return failure_;
}

HRESULT Conversation::RefuseTooLarge(size_t size) {
  bool first;
  {
    MutexLock lock(&mutex_);
    if (end_ != S_OK) return end_;
    last_answer_ = HRESULT_FROM_WIN32(ERROR_BUFFER_OVERFLOW);
    first = !std::exchange(warned_, true);
  }
  if (first) {
    LogWarning("a plug-in's response is too large and was refused; further ones are not logged",
               {{"function", function_}, {"bytes", size}, {"limit", limits_.response_bytes}});
  }
  return HRESULT_FROM_WIN32(ERROR_BUFFER_OVERFLOW);
}

HRESULT Conversation::Take(Result* result, std::vector<uint64_t>* gone) {
  HRESULT hresult = WhyNot(result->final, 0);
  if (hresult != S_OK) return hresult;
  size_t taken = 0;
  const bool at_head = line_.empty();
  if (at_head) {
    Owe();
    Clock::time_point unused;
    taken = SendToOwed(result, &unused);
  }
  if (!at_head || AnyOwed()) hresult = WaitInLine(result, at_head, &taken);
  if (taken == 0) return hresult;  // nothing has changed
  LoseOwed(gone);
  if (result->final) {
    const std::vector<uint64_t> ended = Finish(kEnded);
    gone->insert(gone->end(), ended.begin(), ended.end());
  }
  return S_OK;
}

// Waits until the report is at the head of the line and all sharers have it, or for as long as it
// may.
HRESULT Conversation::WaitInLine(Result* result, bool owing, size_t* taken) {
  const Clock::time_point deadline = Clock::now() + limits_.wait;
  Waiter self;
  line_.push_back(&self);
  result->waits = true;
  HRESULT hresult = S_OK;
  while (true) {
    Clock::time_point wake = deadline;
    hresult = WhyNot(result->final, *taken);
    if (hresult != S_OK) break;
    const bool at_head = line_.front() == &self;
    if (at_head) {
      if (!std::exchange(owing, true)) Owe();
      *taken += SendToOwed(result, &wake);
      if (!AnyOwed()) break;
      if (result->no_memory) {
        hresult = E_OUTOFMEMORY;
        break;
      }
      if (shutting_down_) {
        hresult = kCancelled;
        break;
      }
    }
    const Clock::time_point now = Clock::now();
    if (now >= deadline) {
      hresult = HRESULT_FROM_WIN32(ERROR_TIMEOUT);
      break;
    }
    self.woken.WaitFor(&mutex_, absl::FromChrono(std::min(wake, deadline) - now));
  }
  if (*taken == 0 && hresult == S_OK) hresult = kCancelled;  // all sharers left meanwhile
  const bool was_head = line_.front() == &self;
  if (was_head && *taken == 0) {
    for (Sharer& sharer : sharers_) sharer.owed = false;
  }
  line_.erase(std::find(line_.begin(), line_.end(), &self));
  if (was_head && !line_.empty()) line_.front()->woken.NotifyOne();
  return hresult;
}

// The report that is now at the head of the line has to reach every sharer.
void Conversation::Owe() {
  for (Sharer& sharer : sharers_) sharer.owed = !sharer.discarded;
}

// Sends to the sharers that can take it now. Lowers `wake` to when another could by its pace.
size_t Conversation::SendToOwed(Result* result, Clock::time_point* wake) {
  const Clock::time_point now = PaceNow();
  size_t taken = 0;
  for (Sharer& sharer : sharers_) {
    if (!sharer.owed) continue;
    if (sharer.discarded) {
      sharer.owed = false;
    } else if (CanTake(sharer, result->final, now)) {
      if (Send(&sharer, result)) {
        sharer.owed = false;
        ++taken;
      } else {
        result->no_memory = true;
      }
    } else if (sharer.credit > 0 && !FAILED(sharer.refusing)) {
      *wake = std::min(*wake, sharer.paced_until - pace_burst_);
    }
  }
  return taken;
}

bool Conversation::CanTake(const Sharer& sharer, bool final, Clock::time_point now) const {
  if (final && shutting_down_) return true;  // one a channel: bounded, and better than lost
  if (FAILED(sharer.refusing) || sharer.credit <= 0) return false;
  return pace_.count() == 0 || sharer.paced_until <= now + pace_burst_;
}

bool Conversation::Send(Sharer* sharer, Result* result) {
  const auto cost = static_cast<int64_t>(result->response.size() + kReportOverheadBytes);
  const ReportFrame report = {sharer->channel,
                              result->final ? ReportKind::kFinal : ReportKind::kResult,
                              result->status, 0, result->response};
  try {
    // Who is to send must not wait, for other sharers or for anything else, before it has.
    if (sharers_.size() == 1 && !result->waits) {
      result->to_flush = queue_->Push(report);
    } else {
      queue_->PushForWriter(report);
    }
  } catch (const std::bad_alloc&) {
    return false;
  }
  sharer->credit -= cost;
  if (pace_.count() > 0) sharer->paced_until = std::max(sharer->paced_until, PaceNow()) + pace_;
  sharer->done = result->final;
  return true;
}

void Conversation::PushEnded(const Sharer& sharer, ReportKind end, HRESULT hresult) {
  if (!sharer.done) queue_->PushForWriter({sharer.channel, end, hresult, 0, {}});
}

// Somebody took the result, so it was given: those who could not take it in time have lost it.
void Conversation::LoseOwed(std::vector<uint64_t>* gone) {
  if (!AnyOwed()) return;
  for (const Sharer& sharer : sharers_) {
    if (!sharer.owed) continue;
    PushEnded(sharer, ReportKind::kResultsLost, HRESULT_FROM_WIN32(ERROR_TIMEOUT));
    gone->push_back(sharer.channel);
  }
  sharers_.erase(std::remove_if(sharers_.begin(), sharers_.end(),
                                [](const Sharer& sharer) { return sharer.owed; }),
                 sharers_.end());
}

void Conversation::Dropped() noexcept {
  std::vector<uint64_t> gone;
  {
    MutexLock lock(&mutex_);
    // While it is unregistered, the end of that call is the end of the conversation; while the
    // worker goes down, the end of the process is.
    if (end_ != S_OK || stopping_ || shutting_down_) return;
    for (const Sharer& sharer : sharers_) {
      PushEnded(sharer, ReportKind::kDropped, last_answer_);
    }
    gone = Finish(kEnded);
  }
  Tell(gone);
}

bool Conversation::Join(uint64_t channel, uint64_t credit, HRESULT refusing) {
  MutexLock lock(&mutex_);
  if (end_ != S_OK) return false;
  const uint64_t most = std::numeric_limits<int64_t>::max();
  sharers_.push_back(Sharer{
      channel, static_cast<int64_t>(std::min(credit, most)), refusing, {}, false, false, false});
  return true;
}

Conversation::Leaving Conversation::Leave(uint64_t channel) {
  {
    MutexLock lock(&mutex_);
    const auto found = std::find_if(sharers_.begin(), sharers_.end(),
                                    [channel](const Sharer& s) { return s.channel == channel; });
    if (found == sharers_.end()) return Leaving::kUnknown;
    if (sharers_.size() == 1) {
      stopping_ = true;
      return Leaving::kLast;
    }
    PushEnded(*found, ReportKind::kUnregistered, S_OK);
    sharers_.erase(found);
    WakeAll();
  }
  Tell({channel});
  return Leaving::kLeft;
}

void Conversation::EndAll(ReportKind end, HRESULT hresult) {
  std::vector<uint64_t> gone;
  {
    MutexLock lock(&mutex_);
    if (end_ != S_OK) return;
    for (const Sharer& sharer : sharers_) PushEnded(sharer, end, hresult);
    const bool discarded = NobodyReads();
    gone = Finish(discarded ? kCancelled : kEnded);
  }
  Tell(gone);
}

void Conversation::Fail() {
  std::vector<uint64_t> gone;
  {
    MutexLock lock(&mutex_);
    if (end_ != S_OK) return;
    gone = Finish(kEnded);
  }
  Tell(gone);
}

void Conversation::AddCredit(uint64_t channel, uint64_t bytes) {
  MutexLock lock(&mutex_);
  for (Sharer& sharer : sharers_) {
    if (sharer.channel != channel) continue;
    const int64_t room = std::numeric_limits<int64_t>::max() - std::max<int64_t>(sharer.credit, 0);
    sharer.credit += static_cast<int64_t>(std::min(bytes, static_cast<uint64_t>(room)));
  }
  if (!line_.empty()) line_.front()->woken.NotifyOne();
}

void Conversation::RefuseReports(uint64_t channel, HRESULT hresult) {
  MutexLock lock(&mutex_);
  for (Sharer& sharer : sharers_) {
    if (sharer.channel == channel) sharer.refusing = hresult;
  }
  WakeAll();
}

void Conversation::Discard(uint64_t channel) {
  MutexLock lock(&mutex_);
  for (Sharer& sharer : sharers_) {
    if (sharer.channel == channel) sharer.discarded = true;
  }
  WakeAll();
}

void Conversation::BeginShutdown() {
  MutexLock lock(&mutex_);
  shutting_down_ = true;
  WakeAll();
}

void Conversation::Abandon() {
  std::vector<uint64_t> gone;
  {
    MutexLock lock(&mutex_);
    if (end_ != S_OK) return;
    gone = Finish(kCancelled);
  }
  Tell(gone);
}

bool Conversation::over() {
  MutexLock lock(&mutex_);
  return end_ != S_OK;
}

HRESULT Conversation::WhyNot(bool final, size_t taken) const {
  if (end_ != S_OK) return end_;
  HRESULT why = kCancelled;  // nobody reads
  for (const Sharer& sharer : sharers_) {
    if (sharer.discarded) continue;
    if (!FAILED(sharer.refusing) || taken > 0 || (final && shutting_down_)) return S_OK;
    why = sharer.refusing;
  }
  return why;
}

bool Conversation::NobodyReads() const {
  return std::all_of(sharers_.begin(), sharers_.end(),
                     [](const Sharer& sharer) { return sharer.discarded; });
}

bool Conversation::AnyOwed() const {
  return std::any_of(sharers_.begin(), sharers_.end(),
                     [](const Sharer& sharer) { return sharer.owed; });
}

std::vector<uint64_t> Conversation::Finish(HRESULT end) {
  std::vector<uint64_t> channels;
  channels.reserve(sharers_.size());
  for (const Sharer& sharer : sharers_) channels.push_back(sharer.channel);
  sharers_.clear();
  end_ = end;
  WakeAll();
  return channels;
}

void Conversation::WakeAll() {
  for (Waiter* waiter : line_) waiter->woken.NotifyOne();
}

// The time, where pacing needs it.
Conversation::Clock::time_point Conversation::PaceNow() const {
  return pace_.count() == 0 ? Clock::time_point() : Clock::now();
}

void Conversation::Tell(const std::vector<uint64_t>& gone) const {
  for (const uint64_t channel : gone) gone_(channel);
}

}  // namespace rsca::worker
