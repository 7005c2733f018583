// How fast a store takes results that are synced in groups, RocksDB and SQLite side by side, and
// what it costs to open a journal with many registrations. Prints tables; server/journal/FORMAT.md
// has figures.
//
//   rsca-journal-bench [DIRECTORY]      where to write: the disk that is to be measured
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/journal/format.h"
#include "server/journal/journal.h"
#include "server/journal/recovery.h"
#include "server/journal/store.h"

namespace rsca::journal {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 5;  // interleaved, the median counts
constexpr auto kTime = std::chrono::milliseconds(1500);
const std::string kResult(64, 'x');

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

constexpr uint32_t kCost = 160;

// What is measured: a transaction with one result of each registration, synced.
class Candidate {
 public:
  virtual ~Candidate() = default;
  virtual void Commit(uint64_t registrations, uint64_t sequence) = 0;
};

// A journal's entry and its log's extent, as the server writes them.
void PutResult(uint64_t log, uint64_t sequence, rocksdb::WriteBatch* batch) {
  std::string value;
  AppendEntryHeader({false, sequence * kCost, kCost, 0}, &value);
  batch->Put(EntryKey(log, sequence), value + kResult);
  batch->Put(ExtentKey(log), EncodeExtent({1, sequence, 0, sequence * kCost, 0}));
}

class RocksDb final : public Candidate {
 public:
  explicit RocksDb(const std::string& directory) {
    std::filesystem::create_directories(directory);
    StoreOptions options;
    options.directory = directory;
    store_ = *Store::Open(options);
  }
  void Commit(uint64_t registrations, uint64_t sequence) override {
    rocksdb::WriteBatch batch;
    for (uint64_t log = 1; log <= registrations; ++log) PutResult(log, sequence, &batch);
    if (!store_->Write(&batch, true).ok()) std::abort();
  }

 private:
  std::unique_ptr<Store> store_;
};

class Sqlite final : public Candidate {
 public:
  explicit Sqlite(const std::string& directory) {
    std::filesystem::create_directories(directory);
    if (sqlite3_open((directory + "/db").c_str(), &db_) != SQLITE_OK) std::abort();
    // Its best for this: a write-ahead log, synced with each commit, keyed by registration and
    // sequence.
    Run("PRAGMA journal_mode=WAL");
    Run("PRAGMA synchronous=FULL");
    Run("CREATE TABLE entry(log INTEGER, sequence INTEGER, end_cost INTEGER, age INTEGER, bytes "
        "BLOB,"
        " PRIMARY KEY(log, sequence)) WITHOUT ROWID");
    sqlite3_prepare_v2(db_, "INSERT INTO entry VALUES(?,?,?,0,?)", -1, &insert_, nullptr);
  }
  ~Sqlite() override {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }
  void Commit(uint64_t registrations, uint64_t sequence) override {
    Run("BEGIN");
    for (uint64_t log = 1; log <= registrations; ++log) {
      sqlite3_bind_int64(insert_, 1, static_cast<int64_t>(log));
      sqlite3_bind_int64(insert_, 2, static_cast<int64_t>(sequence));
      sqlite3_bind_int64(insert_, 3, static_cast<int64_t>(sequence * kCost));
      sqlite3_bind_blob(insert_, 4, kResult.data(), static_cast<int>(kResult.size()),
                        SQLITE_STATIC);
      if (sqlite3_step(insert_) != SQLITE_DONE) std::abort();
      sqlite3_reset(insert_);
    }
    Run("COMMIT");
  }

 private:
  void Run(const char* statement) {
    if (sqlite3_exec(db_, statement, nullptr, nullptr, nullptr) != SQLITE_OK) std::abort();
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

// Results a second.
double Measure(Candidate* candidate, uint64_t registrations) {
  const Clock::time_point begin = Clock::now();
  uint64_t sequence = 0;
  while (Clock::now() - begin < kTime) candidate->Commit(registrations, ++sequence);
  return static_cast<double>(sequence * registrations) / Seconds(Clock::now() - begin);
}

void CompareStores(const std::string& directory) {
  std::printf("%-14s %16s %16s %8s\n", "registrations", "RocksDB", "SQLite", "ratio");
  for (const uint64_t registrations : {1U, 100U, 10'000U}) {
    std::vector<double> rocksdb;
    std::vector<double> sqlite;
    for (int round = 0; round < kRounds; ++round) {
      std::filesystem::remove_all(directory);
      rocksdb.push_back(
          Measure(std::make_unique<RocksDb>(directory + "/rocksdb").get(), registrations));
      sqlite.push_back(
          Measure(std::make_unique<Sqlite>(directory + "/sqlite").get(), registrations));
    }
    std::printf("%-14llu %12.0f /s  %12.0f /s  %8.2f\n",
                static_cast<unsigned long long>(registrations), Median(rocksdb), Median(sqlite),
                Median(rocksdb) / Median(sqlite));
    std::fflush(stdout);
  }
}

double ResidentMib() {
  std::ifstream file("/proc/self/statm");
  uint64_t total = 0;
  uint64_t resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

void MeasureOpening(const std::string& directory, uint64_t registrations, uint64_t results) {
  std::filesystem::remove_all(directory);
  StoreOptions options;
  options.directory = directory + "/journal";
  std::filesystem::create_directories(options.directory);
  {
    const std::unique_ptr<Store> store = *Store::Open(options);
    for (uint64_t log = 1; log <= registrations; ++log) {
      rocksdb::WriteBatch batch;
      batch.Put(RecordKey(log), std::string(200, 'r'));
      for (uint64_t sequence = 1; sequence <= results; ++sequence) {
        PutResult(log, sequence, &batch);
      }
      if (!store->Write(&batch, false).ok()) std::abort();
    }
  }
  const double before = ResidentMib();
  const Clock::time_point begin = Clock::now();
  const std::unique_ptr<Store> store = *Store::Open(options);
  const size_t logs = ReadLogs(*store, kFormatVersion)->size();
  std::printf("%-14zu %10llu %12.0f ms %10.1f MiB\n", logs,
              static_cast<unsigned long long>(results), Seconds(Clock::now() - begin) * 1000,
              ResidentMib() - before);
  std::fflush(stdout);
}

void Main(const std::string& directory) {
  std::printf("Results of 64 bytes, one of each registration in a commit, synced:\n");
  CompareStores(directory);
  std::printf("\nOpening a journal and finding what is in it:\n");
  std::printf("%-14s %10s %15s %14s\n", "registrations", "results of", "time", "memory");
  for (const uint64_t results : {1U, 10U, 100U, 1000U}) MeasureOpening(directory, 10'000, results);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace rsca::journal

int main(int argc, char** argv) {
  const std::string parent = argc > 1 ? argv[1] : ".";
  rsca::journal::Main(absl::StrCat(parent, "/rsca-journal-bench.", getpid()));
}
