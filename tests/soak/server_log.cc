#include "tests/soak/server_log.h"

#include <fstream>
#include <map>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace rsca::soak {
namespace {

constexpr std::string_view kEnded = " registration ended registration=";

}  // namespace

void CheckEnds(const std::string& log_file, const std::set<std::string>& names, Tally* tally) {
  std::map<std::string, int> ends;
  std::ifstream log(log_file);
  for (std::string line; std::getline(log, line);) {
    const std::size_t found = line.find(kEnded);
    if (found == std::string::npos) continue;
    const std::size_t begin = found + kEnded.size();
    ++ends["registrations/" + line.substr(begin, line.find(' ', begin) - begin)];
  }
  for (const std::string& name : names) {
    const auto found = ends.find(name);
    const int count = found == ends.end() ? 0 : found->second;
    if (count != 1) tally->Broken(name, "one end in the server's log", absl::StrCat(count));
  }
  for (const auto& [name, count] : ends) {
    if (names.count(name) == 0) tally->Broken(name, "to be known to a client", "an end in the log");
  }
}

}  // namespace rsca::soak
