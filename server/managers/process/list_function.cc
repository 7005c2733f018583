#include "server/managers/process/list_function.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/managers/process/proc_files.h"

namespace rsca::managers {
namespace {

constexpr wchar_t kSchema[] =
    LR"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "name": {
      "type": "string", "default": "",
      "description": "Only processes whose name or command line has this text in it."
    },
    "user": {
      "type": "string", "default": "",
      "description": "Only processes of this user: a name or a number."
    }
  }
})";

const char* StateName(char state) {
  switch (state) {
    case 'R':
      return "running";
    case 'S':
      return "sleeping";
    case 'D':
      return "waiting";
    case 'T':
      return "stopped";
    case 't':
      return "traced";
    case 'Z':
      return "zombie";
    case 'X':
      return "dead";
    case 'I':
      return "idle";
    default:
      return "unknown";
  }
}

// Names of users, each looked up once.
class UserNames {
 public:
  // The number in digits for a user without a name.
  const std::string& Name(uid_t uid) {
    const auto [entry, added] = names_.try_emplace(uid);
    if (added) entry->second = LookUp(uid);
    return entry->second;
  }

 private:
  static std::string LookUp(uid_t uid) {
    std::vector<char> buffer(16384);
    passwd entry;
    passwd* found = nullptr;
    if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
      return found->pw_name;
    }
    return absl::StrCat(uid);
  }

  std::map<uid_t, std::string> names_;
};

std::string List(const nlohmann::json& arguments, Failure* /*failure*/) {
  const std::string name = arguments.value("name", "");
  const std::string user = arguments.value("user", "");
  UserNames users;
  std::vector<pid_t> pids = ListPids();
  std::sort(pids.begin(), pids.end());
  nlohmann::json processes = nlohmann::json::array();
  for (const pid_t pid : pids) {
    const std::optional<uid_t> uid = ReadUid(pid);
    const std::string command = ReadCommandLine(pid);
    const std::optional<ProcessStat> stat = ReadStat(pid);
    if (!uid || !stat) continue;
    if (!absl::StrContains(stat->name, name) && !absl::StrContains(command, name)) continue;
    const std::string& user_name = users.Name(*uid);
    if (!user.empty() && user != user_name && user != absl::StrCat(*uid)) continue;
    processes.push_back(
        {{"pid", pid},
         {"ppid", stat->ppid},
         {"uid", *uid},
         {"user", user_name},
         {"state", StateName(stat->state)},
         {"name", stat->name},
         {"command", command},
         {"rss_bytes", stat->rss_bytes},
         {"cpu_seconds", stat->cpu_seconds},
         {"threads", stat->threads},
         {"start_time", absl::FormatTime(absl::RFC3339_full, StartTime(stat->start_ticks),
                                         absl::UTCTimeZone())}});
  }
  const nlohmann::json response = {{"processes", std::move(processes)}};
  // Names and command lines are any bytes.
  return response.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Function ListFunction() {
  return {.name = L"process.list",
          .summary = L"Lists the processes of the host.",
          .arguments_schema = kSchema,
          .response_content_type = L"application/json",
          .semantics = RSCA_READ_ONLY | RSCA_IDEMPOTENT,
          .start = nullptr,
          .run = List};
}

}  // namespace rsca::managers
