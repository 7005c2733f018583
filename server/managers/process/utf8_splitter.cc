#include "server/managers/process/utf8_splitter.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/utf.h"

namespace rsca::managers {
namespace {

// The length of what may be the beginning of a character at the end of `bytes`.
size_t BegunCharacter(std::string_view bytes) {
  for (size_t length = 1; length <= std::min<size_t>(3, bytes.size()); ++length) {
    const auto byte = static_cast<uint8_t>(bytes[bytes.size() - length]);
    if ((byte & 0xC0) == 0x80) continue;  // not the first of its character
    const size_t whole = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length < whole ? length : 0;
  }
  return 0;
}

}  // namespace

std::string Utf8Splitter::Add(std::string_view bytes) {
  std::string all = Rest();
  all.append(bytes);
  const size_t begun = BegunCharacter(all);
  if (begun == 0 || !IsUtf8(std::string_view(all).substr(0, all.size() - begun))) return all;
  kept_ = all.substr(all.size() - begun);
  all.resize(all.size() - begun);
  return all;
}

std::string Utf8Splitter::Rest() { return std::exchange(kept_, std::string()); }

}  // namespace rsca::managers
