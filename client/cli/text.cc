#include "client/cli/text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/utf.h"

namespace rsca::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Combining marks, joiners and variation selectors.
constexpr Range kZeroWidth[] = {
    {0x0300, 0x036f},  {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
    {0x06d6, 0x06dc},  {0x0900, 0x0902}, {0x093c, 0x093c}, {0x0941, 0x0948}, {0x0e31, 0x0e31},
    {0x0e34, 0x0e3a},  {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d},
    {0x2060, 0x2064},  {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
    {0xe0100, 0xe01ef}};

// East Asian wide and full-width characters, and emoji.
constexpr Range kDoubleWidth[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x2614, 0x2615},
    {0x26a1, 0x26a1},   {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}};

// What could steer a terminal or make text read otherwise than it is.
constexpr Range kDangerous[] = {{0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c},
                                {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};

template <size_t kCount>
bool In(const Range (&ranges)[kCount], char32_t point) {
  return std::any_of(std::begin(ranges), std::end(ranges), [point](const Range& range) {
    return range.first <= point && point <= range.last;
  });
}

struct Piece {
  std::string_view bytes;
  std::optional<char32_t> point;  // nothing for a byte that is not UTF-8
};

// Takes the first character, or the first byte if no character begins there.
Piece TakeFirst(std::string_view* text) {
  const auto lead = static_cast<unsigned char>(text->front());
  const size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  Piece piece{text->substr(0, length), std::nullopt};
  if (lead < 0x80) {
    piece.point = lead;
  } else if (const auto wide = Utf8ToWide(piece.bytes); wide.has_value() && wide->size() == 1) {
    piece.point = static_cast<char32_t>(wide->front());
  } else {
    piece.bytes = text->substr(0, 1);
  }
  text->remove_prefix(piece.bytes.size());
  return piece;
}

size_t Width(const Piece& piece) {
  if (!piece.point.has_value()) return 1;
  if (In(kZeroWidth, *piece.point)) return 0;
  return In(kDoubleWidth, *piece.point) ? 2 : 1;
}

std::string Escape(const Piece& piece) {
  if (!piece.point.has_value()) {
    return absl::StrFormat("\\x%02x", static_cast<unsigned char>(piece.bytes.front()));
  }
  switch (*piece.point) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  const auto number = static_cast<uint32_t>(*piece.point);
  return number < 0x80 ? absl::StrFormat("\\x%02x", number) : absl::StrFormat("\\u%04x", number);
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) width += Width(TakeFirst(&text));
  return width;
}

std::string Truncate(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::string kept;
  size_t used = 0;
  while (!text.empty()) {
    const Piece piece = TakeFirst(&text);
    used += Width(piece);
    if (used > width - 1) break;
    kept.append(piece.bytes);
  }
  return kept + "…";
}

std::string EscapeControls(std::string_view text, std::string_view keep) {
  std::string harmless;
  harmless.reserve(text.size());
  while (!text.empty()) {
    const Piece piece = TakeFirst(&text);
    const bool dangerous = !piece.point.has_value() || In(kDangerous, *piece.point);
    const bool kept = piece.bytes.size() == 1 && keep.find(piece.bytes[0]) != keep.npos;
    if (dangerous && !kept) {
      harmless += Escape(piece);
    } else {
      harmless.append(piece.bytes);
    }
  }
  return harmless;
}

std::string BlobText(std::string_view bytes, size_t width) {
  const size_t end = bytes.find_last_not_of("\r\n");
  const std::string_view line = bytes.substr(0, end == bytes.npos ? 0 : end + 1);
  if (bytes.empty()) return "";
  if (line.empty() || EscapeControls(line) != line) {
    return absl::StrCat(bytes.size(), bytes.size() == 1 ? " byte" : " bytes");
  }
  return Truncate(line, width);
}

std::string HumanBytes(int64_t bytes) {
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  constexpr std::array<const char*, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // 1023.95 would be printed as 1024.0.
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

std::string HumanDuration(absl::Duration duration) {
  if (duration < absl::ZeroDuration()) duration = absl::ZeroDuration();
  if (duration < absl::Seconds(1)) return absl::StrCat(absl::ToInt64Milliseconds(duration), "ms");
  const int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds < 60) return absl::StrCat(seconds, "s");
  if (seconds < 3600) return absl::StrCat(seconds / 60, "m", seconds % 60, "s");
  if (seconds < 86400) return absl::StrCat(seconds / 3600, "h", seconds % 3600 / 60, "m");
  return absl::StrCat(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace rsca::cli
