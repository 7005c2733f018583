#include "server/journal_tool/key_scan.h"

#include <cstdint>
#include <optional>
#include <utility>

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

// At the first key from `from` on; nothing if that cannot be read.
std::unique_ptr<rocksdb::Iterator> Read(const MakeIterator& make_iterator,
                                        const std::string& from) {
  std::unique_ptr<rocksdb::Iterator> iterator = make_iterator();
  iterator->Seek(from);
  if (iterator->Valid() || iterator->status().ok()) return iterator;
  return nullptr;
}

// At the first key after `key` from where on it can be read again; nothing: there is none. Steps
// grow until one is over the hole; then it comes back to the hole's edge.
std::unique_ptr<rocksdb::Iterator> PassHole(const MakeIterator& make_iterator,
                                            const std::string& key) {
  size_t bit = 0;
  std::unique_ptr<rocksdb::Iterator> iterator;
  for (;; ++bit) {
    const std::optional<std::string> next = Further(key, bit);
    if (!next.has_value()) return nullptr;
    iterator = Read(make_iterator, *next);
    if (iterator != nullptr) break;
  }
  if (bit == 0) return iterator;
  std::string unreadable = *Further(key, bit - 1);
  for (size_t lower = bit - 1; lower-- > 0;) {
    const std::optional<std::string> between = Further(unreadable, lower);
    if (!between.has_value()) continue;
    std::unique_ptr<rocksdb::Iterator> there = Read(make_iterator, *between);
    if (there != nullptr) {
      iterator = std::move(there);
    } else {
      unreadable = *between;
    }
  }
  return iterator;
}

}  // namespace

void ScanKeys(const MakeIterator& make_iterator, const std::string& begin, const std::string& end,
              const OnPair& on_pair, const OnHole& on_hole) {
  std::string last = begin;
  std::unique_ptr<rocksdb::Iterator> iterator = make_iterator();
  iterator->Seek(begin);
  for (;;) {
    for (; iterator->Valid(); iterator->Next()) {
      last = iterator->key().ToString();
      if (!end.empty() && last >= end) return;
      on_pair(last, AsView(iterator->value()));
    }
    if (iterator->status().ok()) return;
    Hole hole{last, "", iterator->status().ToString()};
    iterator = PassHole(make_iterator, last);
    const bool passed = iterator != nullptr && iterator->Valid();
    if (passed) hole.before = iterator->key().ToString();
    on_hole(hole);
    if (!passed) return;
  }
}

}  // namespace rsca::journal
