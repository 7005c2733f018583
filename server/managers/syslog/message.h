// What a syslog message says, whatever the format that it came in.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_MESSAGE_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_MESSAGE_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rsca::managers::syslog {

enum class Format { kRfc5424, kRfc3164, kRaw };

struct StructuredElement {
  std::string id;
  std::vector<std::pair<std::string, std::string>> parameters;  // as sent: names may come again
};

// All text is valid UTF-8: what was not is U+FFFD. Text that the sender did not give is empty.
struct Message {
  Format format = Format::kRaw;
  std::optional<int> facility;  // 0 to 23
  std::optional<int> severity;  // 0 to 7
  std::string timestamp;        // as sent
  std::string host;
  std::string app;
  std::string procid;
  std::string msgid;
  std::vector<StructuredElement> structured_data;
  std::string text;     // of a raw message all of it
  std::string problem;  // why it is raw
  bool valid_utf8 = true;
};

// `rfc5424`, `rfc3164` or `raw`.
std::string_view FormatName(Format format);

// `kern` to `local7`; 0 to 23.
std::string_view FacilityName(int facility);

// `emerg` to `debug`; 0 to 7.
std::string_view SeverityName(int severity);

// Nothing for other names.
std::optional<int> FacilityNumber(std::string_view name);
std::optional<int> SeverityNumber(std::string_view name);

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_MESSAGE_H_
