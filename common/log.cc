#include "common/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "common/utf.h"

namespace rsca {
namespace {

bool NeedsQuotes(absl::string_view value) {
  return value.empty() || !IsUtf8(std::string_view(value.data(), value.size())) ||
         std::any_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' ||
                  c == '\x7f';
         });
}

// Bytes of the UTF-8 character of several bytes at the beginning; 0 if there is none.
size_t WideCharacterSize(absl::string_view text) {
  for (size_t size = 2; size <= 4 && size <= text.size(); ++size) {
    if (IsUtf8(std::string_view(text.data(), size))) return size;
  }
  return 0;
}

void AppendByte(char c, std::string* line) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    line->push_back('\\');
    line->push_back(c);
  } else if (c == '\n') {
    absl::StrAppend(line, "\\n");
  } else if (byte < ' ' || byte >= 0x7f) {
    absl::StrAppend(line, "\\x", absl::Hex(byte, absl::kZeroPad2));
  } else {
    line->push_back(c);
  }
}

// Quotes what would break the line or the fields; control characters, and bytes that are not UTF-8,
// become escapes, so that no plug-in or client can forge a line or make the log unreadable.
void AppendValue(absl::string_view value, std::string* line) {
  if (!NeedsQuotes(value)) {
    absl::StrAppend(line, value);
    return;
  }
  line->push_back('"');
  while (!value.empty()) {
    const bool ascii = static_cast<unsigned char>(value[0]) < 0x80;
    const size_t wide = ascii ? 0 : WideCharacterSize(value);
    if (wide > 0) {
      absl::StrAppend(line, value.substr(0, wide));
    } else {
      AppendByte(value[0], line);
    }
    value.remove_prefix(std::max<size_t>(wide, 1));
  }
  line->push_back('"');
}

void Write(spdlog::level::level_enum level, absl::string_view event, LogFields fields) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (logger == nullptr || !logger->should_log(level)) return;
  std::string line(event);
  for (const LogField& field : fields) {
    absl::StrAppend(&line, " ", field.name, "=");
    AppendValue(field.value, &line);
  }
  logger->log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void LogDebug(absl::string_view event, LogFields fields) {
  Write(spdlog::level::debug, event, fields);
}

void LogInfo(absl::string_view event, LogFields fields) {
  Write(spdlog::level::info, event, fields);
}

void LogWarning(absl::string_view event, LogFields fields) {
  Write(spdlog::level::warn, event, fields);
}

void LogError(absl::string_view event, LogFields fields) {
  Write(spdlog::level::err, event, fields);
}

void SetUpLogging(absl::string_view program, absl::string_view level, std::FILE* file) {
  spdlog::init_thread_pool(8192, 1);
  using Sink = spdlog::sinks::stdout_sink_base<spdlog::details::console_mutex>;
  auto sink = std::make_shared<Sink>(file);
  auto logger = std::make_shared<spdlog::async_logger>(std::string(program), std::move(sink),
                                                       spdlog::thread_pool(),
                                                       spdlog::async_overflow_policy::block);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-7l %n[%P] %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(std::string(level)));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void ShutDownLogging() { spdlog::shutdown(); }

}  // namespace rsca
