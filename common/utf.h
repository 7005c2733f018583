// Strict conversion between UTF-8 and the wide text of plug-ins (UTF-32 where wchar_t has 32 bits,
// UTF-16 where it has 16). What is not valid Unicode is an error, never a replacement character.
#ifndef RSCA_COMMON_UTF_H_
#define RSCA_COMMON_UTF_H_

#include <optional>
#include <string>
#include <string_view>

namespace rsca {

// Nothing for malformed, overlong or truncated sequences, surrogates and values above U+10FFFF.
std::optional<std::wstring> Utf8ToWide(std::string_view text);

// Nothing for unpaired surrogates and values above U+10FFFF.
std::optional<std::string> WideToUtf8(std::wstring_view text);

// Whether the text is valid UTF-8.
bool IsUtf8(std::string_view text);

}  // namespace rsca

#endif  // RSCA_COMMON_UTF_H_
