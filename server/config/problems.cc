#include "server/config/problems.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace rsca::config {

void Problems::Add(const std::string& path, absl::string_view message) {
  // `a[0].b`, then `a[0]`, then `a`, then the file itself.
  std::string at = path;
  while (true) {
    const auto found = places_.find(at);
    if (found != places_.end()) return AddAt(found->second, path, message);
    const size_t cut = at.find_last_of(".[");
    if (cut == std::string::npos) return AddAt(Place{}, path, message);
    at.resize(cut);
  }
}

void Problems::AddAt(Place place, absl::string_view path, absl::string_view message) {
  std::string text = file_;
  if (place.line > 0) absl::StrAppend(&text, ":", place.line, ":", place.column);
  if (!path.empty()) absl::StrAppend(&text, ": ", path);
  absl::StrAppend(&text, ": ", message);
  problems_.push_back({place, std::move(text)});
}

absl::Status Problems::ToStatus() const {
  if (problems_.empty()) return absl::OkStatus();
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  return absl::InvalidArgumentError(absl::StrJoin(
      sorted, "\n",
      [](std::string* out, const Problem& problem) { absl::StrAppend(out, problem.text); }));
}

}  // namespace rsca::config
