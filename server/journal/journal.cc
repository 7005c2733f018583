#include "server/journal/journal.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "server/journal/recovery.h"

namespace rsca::journal {
namespace {

constexpr absl::Duration kUpkeepEvery = absl::Seconds(1);

// While more is written in a second, the store flushes when its buffer is full, into larger files.
constexpr uint64_t kQuietBytes = 64 << 10;

}  // namespace

// What is done every second, between commits.
class Journal::Upkeep final : public Committable, public std::enable_shared_from_this<Upkeep> {
 public:
  Upkeep(Journal* journal, Timers* timers) : timers_(timers), journal_(journal) {}

  void Arm() {
    MutexLock lock(&mutex_);
    ArmLocked();
  }

  // The journal closes. Waits for a timer that has gone off.
  void Disarm() {
    MutexLock lock(&mutex_);
    timers_->Cancel(timer_);
    armed_ = false;
  }

  void AddTo(rocksdb::WriteBatch* batch) override {
    if (begun_) journal_->TendStore();
    journal_->EnforceLimits();
    batch->Put(ClockKey(), EncodeClock(journal_->clock_.Read()));
  }
  void OnWritten() override {}
  void OnCommitted() override {}

 private:
  void ArmLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    armed_ = true;
    timer_ = timers_->After(kUpkeepEvery, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->OnTimer();
    });
  }

  void OnTimer() {
    MutexLock lock(&mutex_);
    if (!armed_) return;
    begun_ = true;
    journal_->EnforceRetention();
    ArmLocked();
  }

  Timers* const timers_;
  Journal* const journal_;  // outlives what is armed, and the committer's thread
  Mutex mutex_;
  bool armed_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<bool> begun_{false};  // the server has had a while to start in
  Timers::Id timer_ ABSL_GUARDED_BY(mutex_) = 0;
};

// The header without the flag that a repair has set. Committed after what made it unnecessary.
class Journal::Undamaged final : public Committable {
 public:
  explicit Undamaged(Header header) : header_(std::move(header)) { header_.damaged = false; }
  void AddTo(rocksdb::WriteBatch* batch) override {
    batch->Put(HeaderKey(), EncodeHeader(header_));
  }
  void OnWritten() override {}
  void OnCommitted() override {}

 private:
  Header header_;
};

class Journal::Barrier final : public Committable {
 public:
  void AddTo(rocksdb::WriteBatch* /*batch*/) override {}
  void OnWritten() override {}
  void OnCommitted() override {
    {
      MutexLock lock(&mutex_);
      passed_ = true;
    }
    changed_.NotifyAll();
  }

  void Wait(absl::Duration limit) {
    const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(limit);
    MutexLock lock(&mutex_);
    while (!passed_) {
      const auto left = absl::FromChrono(end - std::chrono::steady_clock::now());
      if (left <= absl::ZeroDuration()) return;
      changed_.WaitFor(&mutex_, left);
    }
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool passed_ ABSL_GUARDED_BY(mutex_) = false;
};

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const JournalOptions& options,
                                                       WindowBudget* budget, Timers* timers,
                                                       JournalListener* listener) {
  const Uptime& uptime = options.uptime != nullptr ? *options.uptime : HostUptime();
  StoreOptions store;
  store.directory = options.directory;
  store.env = options.env;
  auto keeper = StoreKeeper::Open(store, uptime.BootId());
  if (!keeper.ok()) return keeper.status();
  const absl::StatusOr<std::string> stored_clock = (*keeper)->store()->Get(ClockKey());
  std::optional<ClockReading> clock;
  if (stored_clock.ok()) clock = DecodeClock(*stored_clock);
  std::unique_ptr<Journal> journal(
      new Journal(options, *std::move(keeper), clock, budget, timers, listener));
  if (absl::Status status = journal->Recover(); !status.ok()) return status;
  // Before anything else: ages are nothing without the clock that they are of, and the server may
  // be killed within its first second.
  journal->EnforceRetention();
  journal->upkeep_->Arm();
  journal->scrubber_ = std::make_unique<Scrubber>(
      journal->keeper_.get(), [committer = journal->committer_.get()](const absl::Status& damage) {
        committer->OnDamage(damage);
      });
  return journal;
}

Journal::Journal(const JournalOptions& options, std::unique_ptr<StoreKeeper> keeper,
                 const std::optional<ClockReading>& clock, WindowBudget* budget, Timers* timers,
                 JournalListener* listener)
    : options_(options),
      keeper_(std::move(keeper)),
      clock_(options.uptime != nullptr ? *options.uptime : HostUptime(), clock),
      damaged_(keeper_->header().damaged),
      reclaimer_(std::make_unique<Reclaimer>(keeper_.get())),
      committer_(std::make_unique<Committer>(options.sync, keeper_.get(), listener)),
      upkeep_(std::make_shared<Upkeep>(this, timers)) {
  context_ = {keeper_.get(), committer_.get(), &clock_,
              budget,        reclaimer_.get(), options.retention};
}

Journal::~Journal() { Close(); }

void Journal::Flush(absl::Duration limit) {
  const auto barrier = std::make_shared<Barrier>();
  committer_->Commit(barrier);
  barrier->Wait(limit);
}

void Journal::Close() {
  if (std::exchange(closed_, true)) return;
  scrubber_ = nullptr;
  upkeep_->Disarm();
  // What counts as its age from here on.
  committer_->Commit(upkeep_);
  committer_->Stop();
  for (const auto& log : LiveLogs()) log->Close();
  reclaimer_->Stop();
  keeper_->Close();
}

absl::Status Journal::Recover() {
  auto logs = ReadLogs(*keeper_->store(), keeper_->header().version);
  if (!logs.ok()) return keeper_->Damaged(logs.status().message());
  if (keeper_->header().version < kFormatVersion) {
    rocksdb::WriteBatch batch;
    AddExtents(*logs, &batch);
    if (absl::Status status = keeper_->Upgrade(&batch); !status.ok()) return status;
  }
  MutexLock lock(&mutex_);
  for (StoredLog& log : *logs) {
    last_log_ = log.place.log;
    recovered_.push_back({log.place, std::move(log.record)});
  }
  return absl::OkStatus();
}

std::vector<Journal::Recovered> Journal::TakeRecovered() { return std::exchange(recovered_, {}); }

void Journal::ClearDamage() {
  damaged_ = false;
  committer_->Commit(std::make_shared<Undamaged>(keeper_->header()));
}

std::shared_ptr<DurableResultLog> Journal::MakeLog(uint64_t reserved_bytes,
                                                   DurableResultLog::WrittenCallback on_written) {
  DurableResultLog::Place place;
  {
    MutexLock lock(&mutex_);
    place.log = ++last_log_;
  }
  return MakeLog(place, reserved_bytes, std::move(on_written));
}

std::shared_ptr<DurableResultLog> Journal::MakeLog(const DurableResultLog::Place& place,
                                                   uint64_t reserved_bytes,
                                                   DurableResultLog::WrittenCallback on_written) {
  auto log = DurableResultLog::Make(&context_, place, reserved_bytes, std::move(on_written));
  MutexLock lock(&mutex_);
  logs_.push_back(log);
  return log;
}

void Journal::TendStore() {
  const std::shared_ptr<Store> store = keeper_->store();
  if (store == nullptr || !committer_->status().ok()) return;
  absl::Status status = store->BeginMerging();
  const uint64_t unflushed = store->UnflushedBytes();
  const uint64_t before = std::exchange(unflushed_before_, unflushed);
  if (unflushed - std::min(unflushed, before) <= kQuietBytes) {
    status.Update(store->Flush(/*wait=*/false));
  }
  if (!status.ok()) LogWarning("journal", {{"error", absl::string_view(status.message())}});
}

void Journal::EnforceRetention() { committer_->Commit(upkeep_); }

Journal::Logs Journal::LiveLogs() {
  Logs logs;
  MutexLock lock(&mutex_);
  for (const auto& weak : logs_) {
    if (auto log = weak.lock()) logs.push_back(std::move(log));
  }
  logs_.assign(logs.begin(), logs.end());
  return logs;
}

void Journal::EnforceLimits() {
  const Logs logs = LiveLogs();
  for (const auto& log : logs) log->EnforceRetention();
  Share(logs, options_.max_bytes, &DurableResultLog::kept_bytes, &DurableResultLog::DropBytes);
  Share(logs, options_.max_results, &DurableResultLog::kept_results,
        &DurableResultLog::DropResults);
}

void Journal::Share(Logs logs, uint64_t most, uint64_t (DurableResultLog::*kept)() const,
                    void (DurableResultLog::*drop)(uint64_t)) {
  uint64_t sum = 0;
  for (const auto& log : logs) sum += (log.get()->*kept)();
  if (most == 0 || sum <= most) return;
  // A sixteenth more than needed, so that this is not for every result.
  uint64_t excess = sum - (most - most / 16);
  std::sort(logs.begin(), logs.end(), [kept](const auto& one, const auto& other) {
    return (one.get()->*kept)() > (other.get()->*kept)();
  });
  for (size_t i = 0; i < logs.size() && excess > 0; ++i) {
    // Down to the next largest, but half of what it has in any case.
    DurableResultLog* const log = logs[i].get();
    const uint64_t next = i + 1 < logs.size() ? (logs[i + 1].get()->*kept)() : 0;
    const uint64_t before = (log->*kept)();
    (log->*drop)(std::min(excess, std::max(before - std::min(before, next), before / 2)));
    excess -= std::min(excess, before - std::min(before, (log->*kept)()));
  }
}

}  // namespace rsca::journal
