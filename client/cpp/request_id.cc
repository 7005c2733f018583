#include "client/cpp/request_id.h"

#include <cstdint>
#include <random>

#include "absl/strings/str_format.h"

namespace rsca::client::internal {

std::string MakeRequestId() {
  std::random_device entropy;
  const uint32_t a = entropy();
  const uint32_t b = (entropy() & 0xffff0fff) | 0x00004000;  // version 4
  const uint32_t c = (entropy() & 0x3fffffff) | 0x80000000;  // variant 1
  const uint32_t d = entropy();
  return absl::StrFormat("%08x-%04x-%04x-%04x-%04x%08x", a, b >> 16, b & 0xffff, c >> 16,
                         c & 0xffff, d);
}

}  // namespace rsca::client::internal
