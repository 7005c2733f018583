#include "server/worker/wide_text.h"

#include <algorithm>
#include <cwchar>
#include <string_view>

#include "common/utf.h"
#include "server/worker/plain_text.h"

namespace rsca::worker {
namespace {

constexpr size_t kMaxCharacters = 32'768;

}  // namespace

HRESULT CopyOut(const std::wstring& text, PWSTR buffer, DWORD* size) {
  if (size == nullptr) return E_POINTER;
  const DWORD room = *size;
  *size = static_cast<DWORD>(text.size() + 1);
  if (buffer == nullptr || room < *size) return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
  std::copy_n(text.c_str(), text.size() + 1, buffer);
  return S_OK;
}

std::optional<std::string> TextFrom(PCWSTR text) {
  const size_t length = wcsnlen(text, kMaxCharacters);
  if (length == kMaxCharacters) return std::nullopt;
  return WideToUtf8(std::wstring_view(text, length));
}

std::string ReasonFrom(PCWSTR text) {
  if (text == nullptr) return "";
  const std::optional<std::string> utf8 = TextFrom(text);
  return utf8.has_value() ? PlainText(*utf8) : "(what it said is not Unicode text, or has no end)";
}

}  // namespace rsca::worker
