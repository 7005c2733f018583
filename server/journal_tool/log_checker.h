// Checks the entries of one log, in order.
#ifndef RSCA_SERVER_JOURNAL_TOOL_LOG_CHECKER_H_
#define RSCA_SERVER_JOURNAL_TOOL_LOG_CHECKER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/journal/format.h"
#include "server/journal_tool/contents.h"

namespace rsca::journal {

class LogChecker {
 public:
  // Completes `log`, whose record and extent are known. `has_extent`: it should have one. `holes`:
  // what cannot be read, so far. Both outlive the checker.
  LogChecker(CheckedLog* log, bool has_extent, const std::vector<Hole>* holes)
      : log_(log), has_extent_(has_extent), holes_(holes) {}

  void OnEntry(uint64_t sequence, absl::string_view value);

  // There are no more.
  void Finish();

 private:
  // The reason why an entry cannot be read, if that is so.
  const Hole* HoleAt(uint64_t sequence) const;
  void Problem(uint64_t first, uint64_t last, absl::string_view what);
  // The same of several in a row is one problem.
  void TellWrong();
  void OnGap(uint64_t first, uint64_t last, const std::optional<EntryHeader>& next);
  // What is wrong with the bytes of an entry; sets the final result if it is one.
  std::optional<std::string> CheckBytes(uint64_t sequence, absl::string_view bytes);
  void Break() { in_run_ = false; }
  void CheckExtent();
  void CheckEnd();
  // The sequence after the newest entry.
  uint64_t Next() const;

  CheckedLog* const log_;
  const bool has_extent_;
  const std::vector<Hole>* const holes_;
  struct Wrong {
    uint64_t first = 0;
    uint64_t last = 0;
    std::string what;
  };
  Wrong wrong_;  // not told yet
  bool in_run_ = false;
  uint64_t expected_ = 0;                // the next sequence; 0: not known
  std::optional<EntryHeader> previous_;  // of the entry before
  uint64_t left_over_ = 0;               // entries that retention had dropped
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_TOOL_LOG_CHECKER_H_
