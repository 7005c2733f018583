// Text on a terminal: how wide it is, and how to make it harmless.
#ifndef RSCA_CLIENT_CLI_TEXT_H_
#define RSCA_CLIENT_CLI_TEXT_H_

#include <google/protobuf/timestamp.pb.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace rsca::cli {

// Columns that the text takes on a terminal. Combining marks take none, East Asian wide characters
// and emoji two, a byte that is not UTF-8 one.
size_t DisplayWidth(std::string_view text);

// The text cut to `width` columns; what was cut ends with `…`.
std::string Truncate(std::string_view text, size_t width);

// Control characters, bidirectional overrides and bytes that are not UTF-8 become `\n`, `\x1b`,
// `\u202e`, so that no text can steer the terminal. Characters in `keep` stay.
std::string EscapeControls(std::string_view text, std::string_view keep = "");

// Bytes in one line of at most `width` columns: as they are where they are text without control
// characters, but for line feeds at the end; else `12 bytes`.
std::string BlobText(std::string_view bytes, size_t width = 44);

// `512 B`, `1.5 KiB`, `3.0 MiB`.
std::string HumanBytes(int64_t bytes);

// `850ms`, `12s`, `3m12s`, `5h2m`, `4d3h`: two units at most, rounded down.
std::string HumanDuration(absl::Duration duration);

absl::Time ToTime(const google::protobuf::Timestamp& time);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_TEXT_H_
