// The functions of the syslog manager, for its entry point.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_FUNCTIONS_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_FUNCTIONS_H_

#include <memory>

#include "server/managers/base/manager.h"
#include "server/managers/syslog/syslog_parts.h"

namespace rsca::managers::syslog {

Function FollowFunction(std::shared_ptr<SyslogParts> parts);
Function StatsFunction(std::shared_ptr<SyslogParts> parts);

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_FUNCTIONS_H_
