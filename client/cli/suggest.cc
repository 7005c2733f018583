#include "client/cli/suggest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace rsca::cli {
namespace {

// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string NearestWord(std::string_view word, const std::vector<std::string>& known) {
  // A third of the letters may be wrong; beyond that a guess is noise.
  size_t nearest = std::max<size_t>(1, word.size() / 3) + 1;
  std::string found;
  for (const std::string& candidate : known) {
    const size_t distance = EditDistance(word.substr(0, 256), candidate);
    if (distance < nearest) {
      nearest = distance;
      found = candidate;
    }
  }
  if (!found.empty() || word.size() < 3) return found;
  const auto begun = std::find_if(known.begin(), known.end(), [word](const std::string& candidate) {
    return candidate.find(word) != std::string::npos;
  });
  return begun == known.end() ? "" : *begun;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& known) {
  const std::string nearest = NearestWord(word, known);
  return nearest.empty() ? "" : "; did you mean `" + nearest + "`?";
}

}  // namespace rsca::cli
