// What syslog.stats answers.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_STATS_JSON_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_STATS_JSON_H_

#include <string>

#include "server/managers/syslog/channels.h"
#include "server/managers/syslog/hub.h"

namespace rsca::managers::syslog {

std::string StatsJson(Channels* channels, Hub* hub);

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_STATS_JSON_H_
