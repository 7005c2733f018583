#include "server/managers/syslog/filter.h"

#include <re2/re2.h>

#include "absl/strings/match.h"

namespace rsca::managers::syslog {
namespace {

// Enough for a large expression, and a bound for a hostile one.
constexpr int64_t kRegexBytes = 1 << 20;

std::unique_ptr<const re2::RE2> MakeRegex(const std::string& text, Failure* failure) {
  re2::RE2::Options options;
  options.set_max_mem(kRegexBytes);
  options.set_log_errors(false);
  auto regex = std::make_unique<const re2::RE2>(text, options);
  if (regex->ok()) return regex;
  *failure = {E_INVALIDARG, "matches: not a regular expression: " + regex->error()};
  return nullptr;
}

}  // namespace

Filter::~Filter() = default;

std::unique_ptr<const Filter> Filter::Make(const nlohmann::json& arguments, Failure* failure) {
  std::unique_ptr<Filter> filter(new Filter);
  if (arguments.contains("severity")) {
    filter->severity_ = SeverityNumber(arguments["severity"].get<std::string>());
  }
  if (arguments.contains("facilities")) {
    filter->facilities_.emplace();
    for (const auto& name : arguments["facilities"]) {
      const std::optional<int> number = FacilityNumber(name.get<std::string>());
      if (number) filter->facilities_->set(static_cast<size_t>(*number));
    }
  }
  filter->host_ = arguments.value("host", "");
  filter->app_ = arguments.value("app", "");
  filter->contains_ = arguments.value("contains", "");
  if (arguments.contains("channel")) filter->channel_ = arguments["channel"].get<DWORD>();
  if (arguments.contains("matches")) {
    filter->matches_ = MakeRegex(arguments["matches"].get<std::string>(), failure);
    if (filter->matches_ == nullptr) return nullptr;
  }
  return filter;
}

bool Filter::Matches(const Record& record) const {
  const Message& message = record.message;
  if (!WantsChannel(record.channel)) return false;
  if (severity_ && (!message.severity || *message.severity > *severity_)) return false;
  if (facilities_ &&
      (!message.facility || !facilities_->test(static_cast<size_t>(*message.facility)))) {
    return false;
  }
  if (!host_.empty() && !absl::EqualsIgnoreCase(host_, message.host)) return false;
  if (!app_.empty() && app_ != message.app) return false;
  if (message.text.find(contains_) == std::string::npos) return false;
  return matches_ == nullptr || re2::RE2::PartialMatch(message.text, *matches_);
}

}  // namespace rsca::managers::syslog
