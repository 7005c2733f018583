#include "server/managers/syslog/message.h"

#include <algorithm>
#include <array>

namespace rsca::managers::syslog {
namespace {

constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

constexpr std::array<std::string_view, 8> kSeverities = {"emerg",   "alert",  "crit", "err",
                                                         "warning", "notice", "info", "debug"};

template <size_t kCount>
std::optional<int> Find(const std::array<std::string_view, kCount>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin());
}

}  // namespace

std::string_view FormatName(Format format) {
  switch (format) {
    case Format::kRfc5424:
      return "rfc5424";
    case Format::kRfc3164:
      return "rfc3164";
    case Format::kRaw:
      break;
  }
  return "raw";
}

std::string_view FacilityName(int facility) { return kFacilities[static_cast<size_t>(facility)]; }

std::string_view SeverityName(int severity) { return kSeverities[static_cast<size_t>(severity)]; }

std::optional<int> FacilityNumber(std::string_view name) { return Find(kFacilities, name); }

std::optional<int> SeverityNumber(std::string_view name) { return Find(kSeverities, name); }

}  // namespace rsca::managers::syslog
