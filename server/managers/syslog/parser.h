// Understands one message, in the format of RFC 5424 or of RFC 3164, whichever it is in.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_PARSER_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_PARSER_H_

#include <string_view>

#include "server/managers/syslog/message.h"

namespace rsca::managers::syslog {

// Whether messages in the format of RFC 3164 name their host: those from the network do, those of
// syslog(3) do not.
enum class Host { kNamed, kNone };

// Takes any bytes. What has no valid priority, or says that it is RFC 5424 and is not, is kept as
// raw text with the problem named. Line breaks and zeros at the end belong to the transport.
Message ParseMessage(std::string_view bytes, Host host);

// Whether it is `Oct 11 22:14:15`, of RFC 3164.
bool IsRfc3164Timestamp(std::string_view text);

// Whether it is `2003-10-11T22:14:15.003Z` or has an offset for the Z, as in RFC 5424.
bool IsRfc5424Timestamp(std::string_view text);

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_PARSER_H_
