// STRUCTURED-DATA of RFC 5424.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_STRUCTURED_DATA_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_STRUCTURED_DATA_H_

#include <string>
#include <string_view>
#include <vector>

#include "server/managers/syslog/message.h"

namespace rsca::managers::syslog {

// Takes `-`, or elements such as `[id name="value"]`, off the front of the text. What was wrong, or
// nothing. Values are bytes as sent, without their escapes.
std::string TakeStructuredData(std::string_view* text, std::vector<StructuredElement>* elements);

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_STRUCTURED_DATA_H_
