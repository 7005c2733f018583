// Which messages a follower wants.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_FILTER_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_FILTER_H_

#include <rsca/wpf_types.h>

#include <bitset>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "server/managers/base/manager.h"
#include "server/managers/syslog/record.h"

namespace re2 {
class RE2;
}

namespace rsca::managers::syslog {

// Immutable; any thread may ask. A message without a value does not match a condition on it.
class Filter {
 public:
  // From the arguments of syslog.follow, which have passed its schema. Null and why for a regular
  // expression that is none.
  static std::unique_ptr<const Filter> Make(const nlohmann::json& arguments, Failure* failure);
  ~Filter();

  bool Matches(const Record& record) const;

  // Whether it may want messages of the channel.
  bool WantsChannel(DWORD channel) const { return !channel_ || *channel_ == channel; }

 private:
  Filter() = default;

  std::optional<int> severity_;  // at most: 0 is the gravest
  std::optional<std::bitset<24>> facilities_;
  std::string host_;  // empty: any, and so are the others
  std::string app_;
  std::string contains_;
  std::unique_ptr<const re2::RE2> matches_;
  std::optional<DWORD> channel_;
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_FILTER_H_
