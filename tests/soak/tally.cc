#include "tests/soak/tally.h"

#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace rsca::soak {

void Tally::Count(absl::string_view what) {
  MutexLock lock(&mutex_);
  ++counts_[std::string(what)];
}

std::int64_t Tally::Get(absl::string_view what) const {
  MutexLock lock(&mutex_);
  const auto found = counts_.find(what);
  return found == counts_.end() ? 0 : found->second;
}

void Tally::Broken(absl::string_view where, absl::string_view expected, absl::string_view seen) {
  ++broken_;
  const std::string line = absl::StrCat("BROKEN PROMISE (seed ", seed_, "): ", where, ": expected ",
                                        expected, "; seen ", seen, "\n");
  MutexLock lock(&mutex_);
  std::cout << line << std::flush;
}

std::string Tally::List(absl::string_view beginning) const {
  MutexLock lock(&mutex_);
  std::string list;
  for (auto i = counts_.lower_bound(beginning);
       i != counts_.end() && absl::StartsWith(i->first, beginning); ++i) {
    absl::StrAppend(&list, list.empty() ? "" : ", ", i->first.substr(beginning.size()), " ",
                    i->second);
  }
  return list.empty() ? "none" : list;
}

}  // namespace rsca::soak
