// How far the journal was committed, noted beside the database: a database that lost its newest
// commits cannot tell so itself. FORMAT.md, "The file `committed`".
#ifndef RSCA_SERVER_JOURNAL_COMMIT_MARK_H_
#define RSCA_SERVER_JOURNAL_COMMIT_MARK_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace rsca::journal {

// What is noted.
struct Mark {
  uint64_t change = 0;      // Store::LastChange after the commit
  std::string journal_id;   // of the journal's header
  std::string boot_id;      // of the host
  bool power_safe = false;  // the commit had been synced
  // RocksDB's MANIFEST then: its number, and how many bytes of it count.
  uint64_t manifest = 0;
  uint64_t manifest_bytes = 0;
};

// Where it is, of a journal in a directory.
std::string MarkPath(const std::string& directory);

// How many changes it says were committed that are not there; 0 when it is of another journal.
uint64_t MissingChanges(const Mark& mark, const std::string& journal_id, uint64_t last_change);

// Nothing if the file is missing, damaged or no mark.
std::optional<Mark> ReadMark(const std::string& path);

// For one thread at a time.
class CommitMark {
 public:
  static absl::StatusOr<std::unique_ptr<CommitMark>> Open(const std::string& path);
  ~CommitMark();
  CommitMark(const CommitMark&) = delete;
  CommitMark& operator=(const CommitMark&) = delete;

  // Survives the process, not the host.
  absl::Status Note(const Mark& mark);

 private:
  CommitMark(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  const std::string path_;
  const int descriptor_;
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_COMMIT_MARK_H_
