// Reads a database, or one of its files, from key to key, over what cannot be read.
#ifndef RSCA_SERVER_JOURNAL_TOOL_KEY_SCAN_H_
#define RSCA_SERVER_JOURNAL_TOOL_KEY_SCAN_H_

#include <rocksdb/iterator.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace rsca::journal {

// Keys that cannot be read, if there are any.
struct Hole {
  std::string after;   // the last key that was read before, or where it began
  std::string before;  // the next that could be read; empty: there is none
  std::string why;
};

// RocksDB's iterators are of no use after an error.
using MakeIterator = std::function<std::unique_ptr<rocksdb::Iterator>()>;
using OnPair = std::function<void(absl::string_view key, absl::string_view value)>;
using OnHole = std::function<void(const Hole& hole)>;

// All keys of [begin, end), in order; an empty `end` is that of all keys. Of a block of entries
// that cannot be read, the hole is that block.
void ScanKeys(const MakeIterator& make_iterator, const std::string& begin, const std::string& end,
              const OnPair& on_pair, const OnHole& on_hole);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_TOOL_KEY_SCAN_H_
