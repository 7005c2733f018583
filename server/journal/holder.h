// One server, or one tool, at a time on a journal.
#ifndef RSCA_SERVER_JOURNAL_HOLDER_H_
#define RSCA_SERVER_JOURNAL_HOLDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace rsca::journal {

class Holder {
 public:
  // Takes the journal of a directory. FAILED_PRECONDITION when somebody has it: says who.
  static absl::StatusOr<std::unique_ptr<Holder>> Take(const std::string& directory);
  // Gives it up.
  ~Holder();
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

 private:
  explicit Holder(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_HOLDER_H_
