#include "server/managers/syslog/parser.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "common/utf.h"
#include "server/managers/syslog/structured_data.h"

namespace rsca::managers::syslog {
namespace {

constexpr int kMaxPriority = 191;

void MakeUtf8(std::string* text) {
  if (IsUtf8(*text)) return;
  using nlohmann::json;
  *text = json::parse(json(*text).dump(-1, ' ', false, json::error_handler_t::replace))
              .get<std::string>();
}

void MakeUtf8(Message* message) {
  // The rest of it is ASCII by its syntax.
  for (std::string* text : {&message->host, &message->app, &message->procid, &message->text}) {
    MakeUtf8(text);
  }
  for (StructuredElement& element : message->structured_data) {
    for (auto& [name, value] : element.parameters) MakeUtf8(&value);
  }
}

// Takes `<34>` off the front. False when there is no valid priority.
bool TakePriority(std::string_view* text, Message* message) {
  if (text->size() < 3 || text->front() != '<') return false;
  const size_t end = text->substr(0, 5).find('>');
  if (end == std::string_view::npos || end == 1) return false;
  int priority = 0;
  for (const char c : text->substr(1, end - 1)) {
    if (c < '0' || c > '9') return false;
    priority = priority * 10 + (c - '0');
  }
  const bool leading_zero = end > 2 && (*text)[1] == '0';
  if (leading_zero || priority > kMaxPriority) return false;
  message->facility = priority / 8;
  message->severity = priority % 8;
  text->remove_prefix(end + 1);
  return true;
}

// Takes what stands before the next space, and the space, off the front.
std::string_view TakeToken(std::string_view* text) {
  const std::string_view token = text->substr(0, text->find(' '));
  text->remove_prefix(std::min(token.size() + 1, text->size()));
  return token;
}

bool TakeField(std::string_view* text, std::string* field) {
  const std::string_view token = TakeToken(text);
  const bool printable =
      std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (token.empty() || !printable) return false;
  if (token != "-") *field = token;
  return true;
}

// What follows the version. What was wrong, or nothing.
std::string ParseRfc5424(std::string_view text, Message* message) {
  if (!TakeField(&text, &message->timestamp) ||
      (!message->timestamp.empty() && !IsRfc5424Timestamp(message->timestamp))) {
    return "RFC 5424: the time stamp is neither - nor a time";
  }
  const std::pair<const char*, std::string*> fields[] = {{"host name", &message->host},
                                                         {"app name", &message->app},
                                                         {"process id", &message->procid},
                                                         {"message id", &message->msgid}};
  for (const auto& [name, field] : fields) {
    if (!TakeField(&text, field)) {
      return "RFC 5424: the " + std::string(name) + " is missing or not printable ASCII";
    }
  }
  const std::string problem = TakeStructuredData(&text, &message->structured_data);
  if (!problem.empty()) return "RFC 5424: structured data: " + problem;
  if (!text.empty() && text.front() != ' ') {
    return "RFC 5424: no space after the structured data";
  }
  text.remove_prefix(std::min<size_t>(1, text.size()));
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  message->text = text;
  return "";
}

// Takes a time stamp of either format: many senders put that of RFC 5424 into the other one.
void TakeTimestamp(std::string_view* text, Message* message) {
  constexpr size_t kRfc3164Size = 15;
  const std::string_view rfc3164 = text->substr(0, kRfc3164Size);
  if (IsRfc3164Timestamp(rfc3164) &&
      (text->size() == kRfc3164Size || (*text)[kRfc3164Size] == ' ')) {
    message->timestamp = rfc3164;
    text->remove_prefix(std::min(kRfc3164Size + 1, text->size()));
    return;
  }
  const std::string_view token = text->substr(0, text->find(' '));
  if (IsRfc5424Timestamp(token)) message->timestamp = TakeToken(text);
}

// Takes `app: ` or `app[procid]: ` off the front, if it is there.
void TakeTag(std::string_view* text, Message* message) {
  const size_t end = text->find_first_of(" [:");
  if (end == 0 || end == std::string_view::npos || (*text)[end] == ' ') return;
  std::string_view rest = text->substr(end);
  std::string_view procid;
  if (rest.front() == '[') {
    const size_t close = rest.find_first_of(" ]");
    if (close == std::string_view::npos || rest[close] != ']') return;
    procid = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
  }
  if (!rest.empty() && rest.front() == ':') {
    rest.remove_prefix(1);
  } else if (procid.empty()) {
    return;
  }
  if (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  message->app = text->substr(0, end);
  message->procid = procid;
  *text = rest;
}

// Whether it can only be an application: senders that do not name their host begin with it.
bool IsTag(std::string_view token) {
  return token.ends_with(':') || token.find('[') != std::string_view::npos;
}

// What follows the priority. Everything after it is a valid message in this format.
void ParseRfc3164(std::string_view text, Host host, Message* message) {
  message->format = Format::kRfc3164;
  TakeTimestamp(&text, message);
  const std::string_view token = text.substr(0, text.find(' '));
  if (host == Host::kNamed && !message->timestamp.empty() && !token.empty() && !IsTag(token)) {
    message->host = TakeToken(&text);
  }
  TakeTag(&text, message);
  message->text = text;
}

Message Raw(std::string_view text, std::string problem, const Message& parsed) {
  Message raw;
  raw.facility = parsed.facility;
  raw.severity = parsed.severity;
  raw.text = text;
  raw.problem = std::move(problem);
  return raw;
}

Message Parse(std::string_view text, Host host) {
  Message message;
  std::string_view rest = text;
  if (text.empty()) return Raw(text, "it is empty", message);
  if (!TakePriority(&rest, &message)) {
    return Raw(text, "it does not begin with a priority, <0> to <191>", message);
  }
  constexpr std::string_view kVersion = "1 ";
  if (!rest.starts_with(kVersion)) {
    ParseRfc3164(rest, host, &message);
    return message;
  }
  rest.remove_prefix(kVersion.size());
  message.format = Format::kRfc5424;
  std::string problem = ParseRfc5424(rest, &message);
  return problem.empty() ? message : Raw(text, std::move(problem), message);
}

}  // namespace

Message ParseMessage(std::string_view bytes, Host host) {
  using std::string_view_literals::operator""sv;
  const size_t last = bytes.find_last_not_of("\r\n\0"sv);
  Message message = Parse(bytes.substr(0, last == std::string_view::npos ? 0 : last + 1), host);
  message.valid_utf8 = IsUtf8(bytes);
  if (!message.valid_utf8) MakeUtf8(&message);
  return message;
}

}  // namespace rsca::managers::syslog
