#include "server/journal_tool/salvage.h"

#include <rocksdb/db.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/journal/format.h"
#include "server/journal/store.h"
#include "server/journal_tool/contents.h"
#include "server/journal_tool/key_scan.h"
#include "server/journal_tool/place.h"

namespace rsca::journal {
namespace {

namespace fs = std::filesystem;

// Where RocksDB puts table files that it cannot read whole.
constexpr char kLost[] = "lost";

constexpr size_t kBatchBytes = 1 << 20;

// Of what RocksDB says while it repairs: what it drops.
class DropLog final : public rocksdb::Logger {
 public:
  explicit DropLog(std::vector<std::string>* said) : said_(said) {}
  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char text[1024];
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): RocksDB has begun it
    if (vsnprintf(text, sizeof(text), format, arguments) <= 0) return;
    if (!absl::StrContains(text, "dropping")) return;
    said_->emplace_back(absl::StripTrailingAsciiWhitespace(text));
  }

 private:
  std::vector<std::string>* const said_;
};

// RocksDB's own files, but for the tables and those that it has put aside.
void RemoveDatabase(const std::string& directory) {
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(directory)) {
    const std::string name = file.path().filename().string();
    if (file.is_regular_file() && name != "holder" && name != "committed") {
      files.push_back(file.path());
    }
  }
  fs::create_directory(absl::StrCat(directory, "/", kLost));
  for (const fs::path& file : files) {
    if (file.extension() == ".sst") {
      fs::rename(file, fs::path(directory) / kLost / file.filename());
    } else {
      fs::remove(file);
    }
  }
}

bool IsWithinOneLog(const Hole& hole) {
  const std::optional<LogKey> after = ParseLogKey(hole.after);
  const std::optional<LogKey> before = ParseLogKey(hole.before);
  return after.has_value() && before.has_value() && after->kind == KeyKind::kEntry &&
         before->kind == KeyKind::kEntry && after->log == before->log;
}

int HowFar(absl::string_view record) {
  v1::RegistrationRecord parsed;
  if (!parsed.ParseFromArray(record.data(), static_cast<int>(record.size()))) return -1;
  return parsed.state();
}

// Brings back what can be read of tables that RocksDB has put aside. A table alone does not tell
// which value of a key is the newest: the one that is further is.
class Remains {
 public:
  Remains(Store* store, Salvaged* salvaged) : store_(store), salvaged_(salvaged) {}

  absl::Status Add(const fs::path& file) {
    const std::string name = absl::StrCat("file ", file.filename().string(), ": ");
    StoreOptions options;
    options.info_log = SilentLog();
    rocksdb::SstFileReader reader(DatabaseOptions(options));
    if (const rocksdb::Status opened = reader.Open(file.string()); !opened.ok()) {
      salvaged_->said.push_back(absl::StrCat(
          name, "nothing can be read: ", opened.ToString(),
          "; what no other file has of it is gone, whole registrations perhaps: only the copy has "
          "the file"));
      salvaged_->newest_may_be_missing = true;
      return absl::OkStatus();
    }
    const auto iterate = [&] {
      return std::unique_ptr<rocksdb::Iterator>(reader.NewIterator(rocksdb::ReadOptions()));
    };
    uint64_t pairs = 0;
    ScanKeys(
        iterate, "", "",
        [&](absl::string_view key, absl::string_view value) {
          ++pairs;
          Put(std::string(key), value);
        },
        [&](const Hole& hole) {
          if (!IsWithinOneLog(hole)) salvaged_->newest_may_be_missing = true;
          salvaged_->said.push_back(
              absl::StrCat(name, "cannot be read after ", KeyName(hole.after), ", up to ",
                           hole.before.empty() ? "its end" : KeyName(hole.before), ": ", hole.why));
        });
    salvaged_->said.push_back(absl::StrCat(name, pairs, " keys and values taken back"));
    return Flush();
  }

 private:
  void Put(const std::string& key, absl::string_view value) {
    if (!status_.ok() || !IsFurther(key, value)) return;
    batch_.Put(key, rocksdb::Slice(value.data(), value.size()));
    if (batch_.GetDataSize() > kBatchBytes) status_ = Flush();
  }

  bool IsFurther(const std::string& key, absl::string_view value) const {
    const absl::StatusOr<std::string> there = store_->Get(key);
    if (!there.ok()) return true;
    const std::optional<LogKey> parsed = ParseLogKey(key);
    if (!parsed.has_value()) return false;
    if (parsed->kind == KeyKind::kRecord) return HowFar(value) > HowFar(*there);
    if (parsed->kind == KeyKind::kFirst) {
      return DecodeFirst(value).value_or(0) > DecodeFirst(*there).value_or(0);
    }
    if (parsed->kind == KeyKind::kExtent) {
      const Extent one = DecodeExtent(value).value_or(Extent());
      const Extent other = DecodeExtent(*there).value_or(Extent());
      return std::tie(one.last, one.first) > std::tie(other.last, other.first);
    }
    return false;
  }

  absl::Status Flush() {
    if (!status_.ok()) return status_;
    absl::Status written = store_->Write(&batch_, /*sync=*/true);
    batch_.Clear();
    return written;
  }

  Store* const store_;
  Salvaged* const salvaged_;
  rocksdb::WriteBatch batch_;
  absl::Status status_;
};

absl::Status AddLost(const std::string& lost, Store* store, Salvaged* salvaged) {
  std::vector<fs::path> tables;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(lost, error)) {
    if (file.path().extension() == ".sst") tables.push_back(file.path());
  }
  std::sort(tables.begin(), tables.end());
  Remains remains(store, salvaged);
  for (const fs::path& table : tables) {
    if (absl::Status status = remains.Add(table); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Salvaged> Salvage(const std::string& directory) {
  Salvaged salvaged;
  StoreOptions options;
  options.directory = directory;
  options.info_log = std::make_shared<DropLog>(&salvaged.said);
  rocksdb::Status repaired = rocksdb::RepairDB(directory, DatabaseOptions(options));
  options.info_log = SilentLog();
  absl::StatusOr<std::unique_ptr<Store>> store = absl::UnavailableError(repaired.ToString());
  if (repaired.ok()) store = Store::Open(options);
  if (!store.ok()) {
    salvaged.said.push_back(absl::StrCat("RocksDB cannot put its files together again (",
                                         store.status().message(), "); each is read alone"));
    salvaged.newest_may_be_missing = true;
    RemoveDatabase(directory);
    store = Store::Open(options);
  }
  if (!store.ok()) return store.status();
  const std::string lost = absl::StrCat(directory, "/", kLost);
  if (absl::Status status = AddLost(lost, store->get(), &salvaged); !status.ok()) return status;
  fs::remove_all(lost);
  return salvaged;
}

}  // namespace rsca::journal
