#include "common/utf.h"

#include <cstdint>

namespace rsca {
namespace {

constexpr uint32_t kInvalid = 0xFFFFFFFF;

bool IsScalar(uint32_t point) { return point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF); }

// What a wide character holds. (The check takes it for a char.)
uint32_t Unit(wchar_t c) {
  return static_cast<uint32_t>(c);  // NOLINT(bugprone-signed-char-misuse)
}

// Takes one code point off the front of `text`; kInvalid if it is malformed.
uint32_t NextUtf8(std::string_view* text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>((*text)[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) {
    text->remove_prefix(1);
    return lead;
  }
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text->size() < length) return kInvalid;
  uint32_t point = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kInvalid;
    point = (point << 6) | (byte(i) & 0x3Fu);
  }
  static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kLeast[length] || !IsScalar(point)) return kInvalid;
  text->remove_prefix(length);
  return point;
}

void AppendUtf8(uint32_t point, std::string* out) {
  const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6));
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

}  // namespace

std::optional<std::wstring> Utf8ToWide(std::string_view text) {
  std::wstring wide;
  wide.reserve(text.size());
  while (!text.empty()) {
    const uint32_t point = NextUtf8(&text);
    if (point == kInvalid) return std::nullopt;
    if (sizeof(wchar_t) == 2 && point >= 0x10000) {
      wide.push_back(static_cast<wchar_t>(0xD800 + ((point - 0x10000) >> 10)));
      wide.push_back(static_cast<wchar_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
    } else {
      wide.push_back(static_cast<wchar_t>(point));
    }
  }
  return wide;
}

std::optional<std::string> WideToUtf8(std::wstring_view text) {
  std::string utf8;
  utf8.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    uint32_t point = Unit(text[i]);
    if (sizeof(wchar_t) == 2 && point >= 0xD800 && point <= 0xDBFF && i + 1 < text.size()) {
      const uint32_t low = Unit(text[i + 1]);
      if (low >= 0xDC00 && low <= 0xDFFF) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        ++i;
      }
    }
    if (!IsScalar(point)) return std::nullopt;
    AppendUtf8(point, &utf8);
  }
  return utf8;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    if (NextUtf8(&text) == kInvalid) return false;
  }
  return true;
}

}  // namespace rsca
