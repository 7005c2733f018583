#include "server/journal/result_log.h"

#include "absl/strings/str_cat.h"
#include "common/status.h"

namespace rsca::journal {

absl::Status SequenceNotReached(uint64_t asked, uint64_t last) {
  return MakeError(absl::StatusCode::kOutOfRange, "SEQUENCE_NOT_REACHED",
                   absl::StrCat("there is no sequence ", asked, " yet; the last is ", last),
                   {{"last_sequence", absl::StrCat(last)}});
}

absl::Status ResultsTruncated(uint64_t asked, uint64_t oldest) {
  return MakeError(absl::StatusCode::kOutOfRange, "RESULTS_TRUNCATED",
                   absl::StrCat("results ", asked, " to ", oldest - 1,
                                " are not kept any more; the oldest is ", oldest),
                   {{"oldest_sequence", absl::StrCat(oldest)}});
}

}  // namespace rsca::journal
