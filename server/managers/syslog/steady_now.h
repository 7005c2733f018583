// The steady clock, for waiting: its times mean nothing by themselves.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_STEADY_NOW_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_STEADY_NOW_H_

#include <chrono>

#include "absl/time/time.h"

namespace rsca::managers::syslog {

inline absl::Time SteadyNow() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_STEADY_NOW_H_
