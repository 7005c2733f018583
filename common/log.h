// Structured log lines in logfmt: an event, then fields. Backed by spdlog's default logger, which
// server and worker set up in their mains.
//
//   LogInfo("registration ended", {{"id", id}, {"results", count}});
//   2026-11-22T10:00:00.123Z INFO  registration ended id=7f3a results=12
#ifndef RSCA_COMMON_LOG_H_
#define RSCA_COMMON_LOG_H_

#include <cstdio>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rsca {

// A name and a value. Refers to both only for the duration of the call.
struct LogField {
  LogField(absl::string_view field_name, const absl::AlphaNum& field_value)
      : name(field_name), value(field_value.Piece()) {}
  absl::string_view name;
  absl::string_view value;
};

using LogFields = std::initializer_list<LogField>;

void LogDebug(absl::string_view event, LogFields fields = {});
void LogInfo(absl::string_view event, LogFields fields = {});
void LogWarning(absl::string_view event, LogFields fields = {});
void LogError(absl::string_view event, LogFields fields = {});

// Sends lines to `file`, from a thread of its own, dropping none. `level`: `debug`, `info`, `warn`
// or `error`. `program` stands in every line. Call once, in main.
void SetUpLogging(absl::string_view program, absl::string_view level, std::FILE* file = stderr);

// Writes what is queued; the last thing before the process ends.
void ShutDownLogging();

}  // namespace rsca

#endif  // RSCA_COMMON_LOG_H_
