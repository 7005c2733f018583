#include "server/managers/syslog/functions.h"

#include <utility>

#include "server/managers/syslog/follow_action.h"
#include "server/managers/syslog/stats_json.h"

namespace rsca::managers::syslog {
namespace {

constexpr wchar_t kFollowSchema[] =
    LR"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "description": "Reports the syslog messages that the listener channels of this worker receive, from all channels in the order in which they were read. One result is one JSON object. event is message, with number (counts all messages of the worker), received (RFC 3339, UTC), channel, protocol, peer, format (rfc5424, rfc3164 or raw) and what the message says: facility, severity, timestamp (as sent), host, app, procid, msgid, structured_data, message; absent where the sender gave none. A raw message has its whole text as message and says in problem why it was not understood. truncated says that it was cut at the channel's max_message_bytes. Bytes that are not UTF-8 become U+FFFD, and raw_base64 has all of the message as received. Results with S_FALSE say that messages are missing at this place: event is dropped, with reason and count. reason is kernel (UDP: there was no room in the receive buffer of channel), queue_full (readers of this registration were too slow; first_number and last_number are of the first and the last message that is missing) or too_large (the server takes no response of that size).",
  "properties": {
    "severity": {
      "type": "string",
      "enum": ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"],
      "description": "Messages of this severity and graver ones. Default: all."
    },
    "facilities": {
      "type": "array",
      "minItems": 1,
      "items": {
        "type": "string",
        "enum": ["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"]
      },
      "description": "Messages of these facilities. Default: all."
    },
    "host": {
      "type": "string",
      "minLength": 1,
      "maxLength": 255,
      "description": "Messages that name this host, in upper or lower case. Default: all."
    },
    "app": {
      "type": "string",
      "minLength": 1,
      "maxLength": 255,
      "description": "Messages of this application: APP-NAME of RFC 5424, TAG of RFC 3164. Default: all."
    },
    "contains": {
      "type": "string",
      "minLength": 1,
      "maxLength": 1024,
      "description": "Messages whose text has this in it. Default: all."
    },
    "matches": {
      "type": "string",
      "minLength": 1,
      "maxLength": 1024,
      "description": "Messages in whose text this regular expression, in the syntax of RE2, finds something. Default: all."
    },
    "channel": {
      "type": "integer",
      "minimum": 0,
      "maximum": 4294967295,
      "description": "Messages of the listener channel with this id. Default: all."
    },
    "last": {
      "type": "integer",
      "minimum": 0,
      "maximum": 10000,
      "default": 0,
      "description": "How many messages to begin with, of those that came before and match. The worker keeps the latest 10000, or fewer when they are large."
    }
  },
  "additionalProperties": false
})json";

constexpr wchar_t kStatsSchema[] =
    LR"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "description": "Answers with one JSON object. channels: those at work, each with channel, protocol, address (with the port that was chosen for port 0), since, received (messages), bytes, truncated, unparsed (messages that are neither RFC 5424 nor RFC 3164), delivered (results that readers of syslog.follow took), dropped (kernel: datagrams without room in the receive buffer; followers: results for want of room in the queues of slow followers) and, of TCP, connections (open, accepted, and how often accepting had to wait for room). former: the latest that have ended or could not start, with until, hresult, message and discarded_bytes, unread when one was stopped at once. followers: each with queued, dropped and lagging. buffer: what is kept for the argument last of syslog.follow.",
  "additionalProperties": false
})json";

}  // namespace

Function FollowFunction(std::shared_ptr<SyslogParts> parts) {
  Function function;
  function.name = L"syslog.follow";
  function.summary = L"Reports the syslog messages that listener channels receive.";
  function.arguments_schema = kFollowSchema;
  function.response_content_type = L"application/json";
  function.semantics = RSCA_READ_ONLY | RSCA_IDEMPOTENT | RSCA_RESTARTABLE;
  function.start = [parts = std::move(parts)](const nlohmann::json& arguments, Reporter reporter,
                                              Failure* failure) -> std::unique_ptr<Action> {
    std::unique_ptr<const Filter> filter = Filter::Make(arguments, failure);
    if (filter == nullptr) return nullptr;
    return std::make_unique<FollowAction>(&parts->hub(), std::move(filter),
                                          arguments.value("last", size_t{0}), std::move(reporter));
  };
  return function;
}

Function StatsFunction(std::shared_ptr<SyslogParts> parts) {
  Function function;
  function.name = L"syslog.stats";
  function.summary = L"Answers with the counters of all listener channels and followers.";
  function.arguments_schema = kStatsSchema;
  function.response_content_type = L"application/json";
  function.semantics = RSCA_READ_ONLY | RSCA_IDEMPOTENT | RSCA_RESTARTABLE;
  function.run = [parts = std::move(parts)](const nlohmann::json& /*arguments*/,
                                            Failure* /*failure*/) {
    return StatsJson(&parts->channels(), &parts->hub());
  };
  return function;
}

}  // namespace rsca::managers::syslog
