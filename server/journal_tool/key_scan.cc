#include "server/journal_tool/key_scan.h"

#include <cstdint>
#include <optional>

namespace rsca::journal {
namespace {

constexpr size_t kKeyBytes = 17;  // of an entry's key, the longest

absl::string_view AsView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// A key is a number of 17 bytes, shorter ones end with zeros: the key that is 2^bit further.
// Nothing beyond the last.
std::optional<std::string> Further(std::string key, size_t bit) {
  key.resize(kKeyBytes, 0);
  unsigned carry = 1U << bit % 8;
  for (size_t i = kKeyBytes - bit / 8; i-- > 0 && carry != 0;) {
    carry += static_cast<unsigned char>(key[i]);
    key[i] = static_cast<char>(carry & 0xFF);
    carry >>= 8;
  }
  if (carry != 0) return std::nullopt;
  return key;
}

bool CanRead(rocksdb::Iterator* iterator, const std::string& from) {
  iterator->Seek(from);
  return iterator->Valid() || iterator->status().ok();
}

// Leaves the iterator at the first key after `key` from where on it can be read again. False: there
// is none. Steps grow until one is over the hole; then it comes back to the hole's edge.
bool PassHole(rocksdb::Iterator* iterator, const std::string& key) {
  size_t bit = 0;
  for (;; ++bit) {
    const std::optional<std::string> next = Further(key, bit);
    if (!next.has_value()) return false;
    if (CanRead(iterator, *next)) break;
  }
  if (bit == 0) return true;
  std::string unreadable = *Further(key, bit - 1);
  for (size_t lower = bit - 1; lower-- > 0;) {
    const std::optional<std::string> between = Further(unreadable, lower);
    if (between.has_value() && !CanRead(iterator, *between)) unreadable = *between;
  }
  const std::optional<std::string> edge = Further(unreadable, 0);
  return edge.has_value() && CanRead(iterator, *edge);
}

}  // namespace

void ScanKeys(rocksdb::Iterator* iterator, const std::string& begin, const std::string& end,
              const OnPair& on_pair, const OnHole& on_hole) {
  std::string last = begin;
  iterator->Seek(begin);
  for (;;) {
    for (; iterator->Valid(); iterator->Next()) {
      last = iterator->key().ToString();
      if (!end.empty() && last >= end) return;
      on_pair(last, AsView(iterator->value()));
    }
    if (iterator->status().ok()) return;
    Hole hole{last, "", iterator->status().ToString()};
    const bool passed = PassHole(iterator, last);
    if (passed && iterator->Valid()) hole.before = iterator->key().ToString();
    on_hole(hole);
    if (!passed || !iterator->Valid()) return;
  }
}

}  // namespace rsca::journal
