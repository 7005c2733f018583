#include "server/journal/format.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace rsca::journal {
namespace {

// The worked example of FORMAT.md, byte for byte.
TEST(JournalFormat, IsAsTheWorkedExampleSays) {
  EXPECT_EQ(absl::BytesToHexString(RecordKey(5)), "720000000000000005");
  EXPECT_EQ(absl::BytesToHexString(EntryKey(5, 2)), "6500000000000000050000000000000002");
  EXPECT_EQ(absl::BytesToHexString(ExtentKey(5)), "780000000000000005");
  EXPECT_EQ(absl::BytesToHexString(EncodeExtent({1, 2, 0, 197, 2500})),
            "01000000000000000200000000000000"
            "0000000000000000c500000000000000c409000000000000");
  std::string value;
  AppendEntryHeader({false, 101, 101, 2500}, &value);
  EXPECT_EQ(absl::BytesToHexString(value), "00650000000000000065000000c409000000000000");
  value.clear();
  AppendEntryHeader({true, 197, 96, 2500}, &value);
  EXPECT_EQ(absl::BytesToHexString(value), "01c50000000000000060000000c409000000000000");
}

TEST(JournalFormat, ReadsWhatItWrites) {
  Header header{7, std::string("0123456789abcdef"), true};
  const auto read = DecodeHeader(EncodeHeader(header) + "later fields");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->version, 7U);
  EXPECT_EQ(read->id, header.id);
  EXPECT_TRUE(read->damaged);
  const auto clock = DecodeClock(EncodeClock({1, uint64_t{1} << 40, "boot"}));
  ASSERT_TRUE(clock.has_value());
  EXPECT_EQ(clock->uptime_nanos, uint64_t{1} << 40);
  EXPECT_EQ(clock->boot_id, "boot");
  const Extent extent{3, uint64_t{1} << 40, 5, 6, 7};
  EXPECT_EQ(DecodeExtent(EncodeExtent(extent) + "later fields"), extent);
  EXPECT_EQ(DecodeFirst(EncodeFirst(2)), 2U);
  std::string value;
  AppendEntryHeader({true, 9, 8, 7}, &value);
  value += "bytes";
  absl::string_view rest = value;
  const auto entry = ConsumeEntryHeader(&rest);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->start_cost(), 1U);
  EXPECT_EQ(rest, "bytes");
}

TEST(JournalFormat, KeysSortByLogAndSequence) {
  EXPECT_LT(EntryKey(1, 255), EntryKey(1, 256));
  EXPECT_LT(EntryKey(1, ~uint64_t{0}), EntryKey(2, 0));
  const auto key = ParseLogKey(EntryKey(3, 4));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->kind, KeyKind::kEntry);
  EXPECT_EQ(key->log, 3U);
  EXPECT_EQ(key->sequence, 4U);
}

TEST(JournalFormat, RefusesWhatIsNoKeyOrValue) {
  EXPECT_FALSE(ParseLogKey("").has_value());
  EXPECT_FALSE(ParseLogKey("y12345678").has_value());
  EXPECT_FALSE(ParseLogKey("e12345678").has_value());
  EXPECT_FALSE(ParseLogKey("r123456789").has_value());
  EXPECT_FALSE(DecodeHeader("short").has_value());
  EXPECT_FALSE(DecodeClock("short").has_value());
  EXPECT_FALSE(DecodeFirst("short").has_value());
  EXPECT_FALSE(DecodeExtent("short").has_value());
  EXPECT_FALSE(DecodeExtent(EncodeExtent({0, 0, 0, 0, 0})).has_value());
  EXPECT_FALSE(DecodeExtent(EncodeExtent({3, 1, 0, 0, 0})).has_value());
  EXPECT_FALSE(DecodeExtent(EncodeExtent({1, 1, 7, 6, 0})).has_value());
  absl::string_view value = "short";
  EXPECT_FALSE(ConsumeEntryHeader(&value).has_value());
}

}  // namespace
}  // namespace rsca::journal
