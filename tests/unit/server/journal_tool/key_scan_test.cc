#include "server/journal_tool/key_scan.h"

#include <gtest/gtest.h>

#include <set>

#include "server/journal/format.h"

namespace rsca::journal {
namespace {

// Keys of which some cannot be read, as blocks of a table: whoever comes to one gets an error.
class FaultyIterator final : public rocksdb::Iterator {
 public:
  FaultyIterator(std::set<std::string> keys, std::string bad_first, std::string bad_last)
      : keys_(std::move(keys)), bad_first_(std::move(bad_first)), bad_last_(std::move(bad_last)) {}

  bool Valid() const override { return at_ != keys_.end() && status().ok(); }
  void SeekToFirst() override { at_ = keys_.begin(); }
  void SeekToLast() override { at_ = std::prev(keys_.end()); }
  void Seek(const rocksdb::Slice& key) override { at_ = keys_.lower_bound(key.ToString()); }
  void SeekForPrev(const rocksdb::Slice& /*key*/) override { at_ = keys_.end(); }
  void Next() override { ++at_; }
  void Prev() override { --at_; }
  rocksdb::Slice key() const override { return *at_; }
  rocksdb::Slice value() const override { return "value"; }
  rocksdb::Status status() const override {
    const bool bad = at_ != keys_.end() && *at_ >= bad_first_ && *at_ <= bad_last_;
    return bad ? rocksdb::Status::Corruption("bad block") : rocksdb::Status::OK();
  }

 private:
  const std::set<std::string> keys_;
  const std::string bad_first_;
  const std::string bad_last_;
  std::set<std::string>::const_iterator at_;
};

std::set<std::string> ThreeLogs() {
  std::set<std::string> keys;
  for (const uint64_t log : {3U, 4U, 1000U}) {
    for (uint64_t i = 1; i <= 100; ++i) keys.insert(EntryKey(log, i));
    keys.insert(RecordKey(log));
  }
  return keys;
}

struct Scanned {
  std::set<std::string> keys;
  std::vector<Hole> holes;
};

Scanned Scan(const std::string& bad_first, const std::string& bad_last) {
  Scanned scanned;
  ScanKeys([&] { return std::make_unique<FaultyIterator>(ThreeLogs(), bad_first, bad_last); }, "",
           "",
           [&](absl::string_view key, absl::string_view /*value*/) { scanned.keys.emplace(key); },
           [&](const Hole& hole) { scanned.holes.push_back(hole); });
  return scanned;
}

void ExpectHole(const std::string& bad_first, const std::string& bad_last, const std::string& after,
                const std::string& before) {
  const Scanned scanned = Scan(bad_first, bad_last);
  ASSERT_EQ(scanned.holes.size(), 1U);
  EXPECT_EQ(scanned.holes[0].after, after);
  EXPECT_EQ(scanned.holes[0].before, before);
  std::set<std::string> readable = ThreeLogs();
  std::erase_if(readable, [&](const auto& key) { return key >= bad_first && key <= bad_last; });
  EXPECT_EQ(scanned.keys, readable);
}

TEST(KeyScan, ReadsOverAHoleWithinALog) {
  ExpectHole(EntryKey(4, 20), EntryKey(4, 77), EntryKey(4, 19), EntryKey(4, 78));
}

TEST(KeyScan, ReadsOverAHoleOfOneKey) {
  ExpectHole(EntryKey(4, 20), EntryKey(4, 20), EntryKey(4, 19), EntryKey(4, 21));
}

TEST(KeyScan, ReadsOverAHoleFromLogToLog) {
  ExpectHole(EntryKey(3, 90), EntryKey(1000, 5), EntryKey(3, 89), EntryKey(1000, 6));
}

TEST(KeyScan, ReadsOverAHoleAtTheBeginning) { ExpectHole("", EntryKey(3, 9), "", EntryKey(3, 10)); }

TEST(KeyScan, ReadsOverAHoleFromEntriesToRecords) {
  ExpectHole(EntryKey(1000, 50), RecordKey(3), EntryKey(1000, 49), RecordKey(4));
}

TEST(KeyScan, StopsAtAHoleAtTheEnd) {
  ExpectHole(EntryKey(1000, 50), RecordKey(1000), EntryKey(1000, 49), "");
}

TEST(KeyScan, AllCanBeUnreadable) { ExpectHole("", "z", "", ""); }

}  // namespace
}  // namespace rsca::journal
