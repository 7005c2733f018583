#include "server/journal/committer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/log.h"

namespace rsca::journal {
namespace {

// A batch is held in memory, twice for a moment.
constexpr size_t kBatchBytes = 8 << 20;

constexpr absl::Duration kRetryEvery = absl::Milliseconds(500);

}  // namespace

Committer::Committer(const SyncPolicy& policy, StoreKeeper* keeper, JournalListener* listener)
    : policy_(policy), keeper_(keeper), listener_(listener), thread_([this] { Run(); }) {}

Committer::~Committer() { Stop(); }

void Committer::Commit(std::shared_ptr<Committable> changed) {
  {
    MutexLock lock(&mutex_);
    queue_.push_back(std::move(changed));
  }
  changed_.NotifyOne();
}

void Committer::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.NotifyOne();
  if (thread_.joinable()) thread_.join();
}

absl::Status Committer::status() const {
  MutexLock lock(&mutex_);
  return status_.ok() ? damage_ : status_;
}

void Committer::OnDamage(const absl::Status& damage) {
  {
    MutexLock lock(&mutex_);
    if (!damage_.ok()) return;
    damage_ = damage;
  }
  LogError("the journal is damaged and takes no results",
           {{"error", absl::string_view(damage.message())}});
  listener_->OnJournalStatus(damage);
}

void Committer::Run() {
  bool stopping = false;
  while (true) {
    Batch changed = Next(&stopping);
    const bool idle = changed.empty();
    // After a write that failed the log file must not be synced: RocksDB aborts the process.
    if (!idle && !Write(std::move(changed))) return;
    if (!unsynced_.empty() && (idle || unsynced_bytes_ >= policy_.bytes) && !Sync()) return;
    if (stopping && idle) break;
  }
  if (policy_.kind == SyncPolicy::Kind::kOff) Sync();
}

Committer::Batch Committer::Next(bool* stopping) {
  MutexLock lock(&mutex_);
  while (queue_.empty() && !stopping_) {
    if (unsynced_.empty()) {
      changed_.Wait(&mutex_);
    } else if (const absl::Duration left = UntilSync(); left > absl::ZeroDuration()) {
      changed_.WaitFor(&mutex_, left);
    } else {
      return {};
    }
  }
  *stopping = false;  // what is queued is still to come
  if (!unsynced_.empty() && UntilSync() <= absl::ZeroDuration()) return {};
  *stopping = stopping_;
  return std::exchange(queue_, {});
}

absl::Duration Committer::UntilSync() const {
  return policy_.interval - absl::FromChrono(std::chrono::steady_clock::now() - unsynced_since_);
}

bool Committer::Write(Batch changed) {
  const bool always = policy_.kind == SyncPolicy::Kind::kAlways;
  auto rest = changed.begin();
  while (rest != changed.end()) {
    auto end = rest;
    const bool written = Retry([&] {
      rocksdb::WriteBatch batch;
      for (end = rest; end != changed.end() && batch.GetDataSize() < kBatchBytes; ++end) {
        (*end)->AddTo(&batch);
      }
      unsynced_bytes_ += batch.GetDataSize();
      return keeper_->Write(&batch, always);
    });
    if (!written) return false;
    std::for_each(rest, end, [](const auto& one) { one->OnWritten(); });
    if (policy_.kind == SyncPolicy::Kind::kInterval) {
      if (unsynced_.empty()) unsynced_since_ = std::chrono::steady_clock::now();
      unsynced_.insert(unsynced_.end(), rest, end);
    } else {
      unsynced_bytes_ = 0;
      std::for_each(rest, end, [](const auto& one) { one->OnCommitted(); });
    }
    rest = end;
  }
  return true;
}

bool Committer::Sync() {
  if (!Retry([this] { return keeper_->Sync(); })) return false;
  unsynced_bytes_ = 0;
  for (const auto& one : std::exchange(unsynced_, {})) one->OnCommitted();
  return true;
}

bool Committer::Retry(const std::function<absl::Status()>& attempt) {
  while (true) {
    absl::Status status = attempt();
    if (status.ok()) {
      SetStatus(status);
      return true;
    }
    SetStatus(status);
    while (!status.ok()) {
      {
        MutexLock lock(&mutex_);
        if (stopping_) {
          LogError("the journal could not take its last results; no client has seen them",
                   {{"error", absl::string_view(status.message())}});
          return false;
        }
        changed_.WaitFor(&mutex_, kRetryEvery);
      }
      status = keeper_->Heal();
    }
  }
}

void Committer::SetStatus(const absl::Status& status) {
  {
    MutexLock lock(&mutex_);
    if (status_.code() == status.code()) return;
    status_ = status;
  }
  if (status.ok()) {
    LogInfo("the journal takes results again");
  } else {
    LogError("the journal takes no results", {{"error", absl::string_view(status.message())}});
  }
  listener_->OnJournalStatus(this->status());
}

}  // namespace rsca::journal
