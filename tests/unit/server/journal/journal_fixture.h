// A journal on a real disk, with time and faults in the test's hands.
#ifndef RSCA_TESTS_UNIT_SERVER_JOURNAL_JOURNAL_FIXTURE_H_
#define RSCA_TESTS_UNIT_SERVER_JOURNAL_JOURNAL_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/journal/journal.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_timers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/server/journal/faulty_file_system.h"

namespace rsca::journal {

class FakeUptime final : public Uptime {
 public:
  absl::Duration Now() const override { return absl::Milliseconds(millis.load()); }
  std::string BootId() const override { return boot_id; }

  std::atomic<int64_t> millis = 1'000'000;
  std::string boot_id = "00000000-0000-0000-0000-000000000001";
};

class CountingListener : public ReaderListener {
 public:
  void OnReadable() override { ++woken; }
  std::atomic<int> woken = 0;
};

class StatusRecorder : public JournalListener {
 public:
  void OnJournalStatus(const absl::Status& status) override {
    MutexLock lock(&mutex_);
    heard_.push_back(status);
  }
  std::vector<absl::Status> heard() {
    MutexLock lock(&mutex_);
    return heard_;
  }

 private:
  Mutex mutex_;
  std::vector<absl::Status> heard_ ABSL_GUARDED_BY(mutex_);
};

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() {
    options_.directory = absl::StrCat(dir_.path(), "/journal");
    options_.uptime = &uptime_;
    env_ = rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(faults_));
    options_.env = env_.get();
  }
  ~JournalTest() override { Close(); }

  absl::Status TryOpen() {
    auto journal = Journal::Open(options_, &budget_, &timers_, &listener_);
    if (!journal.ok()) return journal.status();
    journal_ = *std::move(journal);
    return absl::OkStatus();
  }
  void Open() { ASSERT_TRUE(TryOpen().ok()) << TryOpen(); }

  // In good order.
  void Close() {
    log_ = nullptr;
    journal_ = nullptr;
  }

  // A new log with a record.
  std::shared_ptr<DurableResultLog> MakeLog(const std::string& record = "record") {
    EXPECT_TRUE(budget_.Reserve(kReserved));
    auto log = journal_->MakeLog(kReserved, [this](uint64_t cost) { written_ += cost; });
    log->PutRecord(record);
    return log;
  }

  // The only log of the journal, made anew.
  void TakeLog() {
    auto recovered = journal_->TakeRecovered();
    ASSERT_EQ(recovered.size(), 1U);
    record_ = recovered[0].record;
    ASSERT_TRUE(budget_.Reserve(kReserved));
    log_ = journal_->MakeLog(recovered[0].place, kReserved, [](uint64_t) {});
    appended_[log_.get()] = log_->last_sequence();
  }

  void Reopen() {
    Close();
    Open();
    TakeLog();
  }

  // Each entry is its own sequence number as text, and costs 10.
  void Append(int count) { Append(log_.get(), count); }
  void Append(DurableResultLog* log, int count) {
    for (int i = 0; i < count; ++i) {
      std::vector<Entry> entries;
      entries.push_back({grpc::Slice(absl::StrCat(++appended_[log])), 10});
      log->Append(std::move(entries)).Wake();
    }
  }

  // Everything so far is committed.
  void Flush() { journal_->Flush(absl::Seconds(60)); }

  static std::vector<std::string> Read(LogReader* reader, size_t most = 1000) {
    std::vector<grpc::Slice> slices;
    reader->Read({most, 1 << 20}, &slices);
    std::vector<std::string> texts;
    for (const grpc::Slice& slice : slices) {
      texts.emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return texts;
  }

  std::vector<std::string> ReadAll(uint64_t after = 0) {
    auto reader = log_->OpenReader(after, reader_listener_);
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (!reader.ok()) return {};
    std::vector<std::string> all;
    for (auto more = Read(reader->get()); !more.empty(); more = Read(reader->get())) {
      all.insert(all.end(), more.begin(), more.end());
    }
    EXPECT_TRUE((*reader)->status().ok()) << (*reader)->status();
    return all;
  }

  static std::vector<std::string> Numbers(uint64_t from, uint64_t to) {
    std::vector<std::string> numbers;
    for (uint64_t i = from; i <= to; ++i) numbers.push_back(absl::StrCat(i));
    return numbers;
  }

  static constexpr uint64_t kReserved = 1000;

  support::TempDir dir_;
  FakeTimers timers_;
  FakeUptime uptime_;
  WindowBudget budget_{10 << 20};
  StatusRecorder listener_;
  std::shared_ptr<Faults> faults_ = std::make_shared<Faults>();
  std::unique_ptr<rocksdb::Env> env_;
  JournalOptions options_;
  std::unique_ptr<Journal> journal_;
  std::shared_ptr<DurableResultLog> log_;
  std::string record_;
  std::atomic<uint64_t> written_ = 0;
  std::map<DurableResultLog*, uint64_t> appended_;
  std::shared_ptr<CountingListener> reader_listener_ = std::make_shared<CountingListener>();
};

}  // namespace rsca::journal

#endif  // RSCA_TESTS_UNIT_SERVER_JOURNAL_JOURNAL_FIXTURE_H_
