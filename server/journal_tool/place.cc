#include "server/journal_tool/place.h"

#include <filesystem>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/journal/commit_mark.h"
#include "server/journal/journal_clock.h"
#include "server/journal/log_files.h"

namespace rsca::journal {
namespace {

class Silence final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

}  // namespace

int Fail(const absl::Status& status) {
  std::cerr << "rsca-journal: " << status.message() << std::endl;
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return kExitDamaged;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
      return kExitUsage;
    default:
      return kExitFailed;
  }
}

absl::StatusOr<std::unique_ptr<Holder>> TakeJournal(std::string* directory) {
  std::error_code error;
  const std::filesystem::file_status there = std::filesystem::status(*directory, error);
  if (!std::filesystem::status_known(there)) {
    return absl::UnavailableError(
        absl::StrCat("cannot look at ", *directory, ": ", error.message()));
  }
  if (!std::filesystem::is_directory(there)) {
    return absl::NotFoundError(absl::StrCat(
        std::filesystem::exists(there) ? "this is no directory: " : "there is no directory ",
        *directory));
  }
  *directory = std::filesystem::canonical(*directory, error).string();
  if (error) return absl::UnavailableError(absl::StrCat("cannot find it: ", error.message()));
  // A server makes both before anything else.
  const bool is_journal = std::filesystem::exists(*directory + "/holder", error) ||
                          (!error && std::filesystem::exists(MarkPath(*directory), error));
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot look into ", *directory, ": ", error.message()));
  }
  if (!is_journal) {
    return absl::NotFoundError(absl::StrCat(
        *directory, " is not a journal: it has neither a file `holder` nor a file `committed`"));
  }
  return Holder::Take(*directory);
}

absl::StatusOr<std::unique_ptr<Store>> OpenForReading(const std::string& directory, bool lenient) {
  if (!lenient) {
    absl::Status files = CheckLogFiles(directory, HostUptime().BootId());
    if (!files.ok()) return files;
  }
  StoreOptions options;
  options.directory = directory;
  options.read_only = true;
  options.create = false;
  options.lenient = lenient;
  options.info_log = SilentLog();
  return Store::Open(options);
}

std::shared_ptr<rocksdb::Logger> SilentLog() { return std::make_shared<Silence>(); }

absl::StatusOr<OpenedJournal> OpenJournal(std::string directory) {
  OpenedJournal journal;
  auto holder = TakeJournal(&directory);
  if (!holder.ok()) return holder.status();
  journal.holder = *std::move(holder);
  auto store = OpenForReading(directory, /*lenient=*/false);
  if (absl::IsDataLoss(store.status())) {
    return absl::DataLossError(absl::StrCat(
        "the journal is damaged: ", store.status().message(), "; `rsca-journal verify ", directory,
        "` shows the extent, `rsca-journal repair ", directory, "` mends it and keeps a copy"));
  }
  if (!store.ok()) return store.status();
  journal.store = *std::move(store);
  const absl::StatusOr<std::string> header = journal.store->Get(HeaderKey());
  if (header.ok()) journal.version = DecodeHeader(*header).value_or(Header()).version;
  return journal;
}

}  // namespace rsca::journal
