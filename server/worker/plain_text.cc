#include "server/worker/plain_text.h"

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "common/utf.h"

namespace rsca::worker {
namespace {

constexpr size_t kMaxBytes = 2048;

}  // namespace

std::string PlainText(std::string_view text) {
  const bool long_text = text.size() > kMaxBytes;
  if (long_text) {
    text = text.substr(0, kMaxBytes);
    // Not in the middle of a character.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) {
      text.remove_suffix(1);
    }
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.remove_suffix(1);
  }
  const std::string plain = IsUtf8(text)
                                ? std::string(text)
                                : absl::CHexEscape(absl::string_view(text.data(), text.size()));
  return long_text ? plain + "…" : plain;
}

}  // namespace rsca::worker
