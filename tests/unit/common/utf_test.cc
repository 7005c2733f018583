#include "common/utf.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace rsca {
namespace {

static_assert(sizeof(wchar_t) == 4, "these tests speak of UTF-32");

std::wstring Wide(std::initializer_list<uint32_t> points) {
  std::wstring text;
  for (const uint32_t point : points) text.push_back(static_cast<wchar_t>(point));
  return text;
}

TEST(Utf, EveryScalarValueSurvivesTheRoundTrip) {
  for (uint32_t point = 0; point <= 0x10FFFF; ++point) {
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    const auto utf8 = WideToUtf8(Wide({point}));
    ASSERT_EQ(utf8.has_value(), !surrogate) << std::hex << point;
    if (surrogate) continue;
    ASSERT_EQ(utf8->size(), point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
    ASSERT_EQ(Utf8ToWide(*utf8), Wide({point})) << std::hex << point;
  }
}

// What RFC 3629 allows: the table of its section 4.
bool IsWellFormed(const unsigned char* bytes, size_t size) {
  const auto within = [](unsigned char byte, int least, int most) {
    return byte >= least && byte <= most;
  };
  const auto tail = [&](size_t i) { return within(bytes[i], 0x80, 0xBF); };
  switch (size) {
    case 1:
      return bytes[0] < 0x80;
    case 2:
      return within(bytes[0], 0xC2, 0xDF) && tail(1);
    case 3:
      return tail(2) && ((bytes[0] == 0xE0 && within(bytes[1], 0xA0, 0xBF)) ||
                         (within(bytes[0], 0xE1, 0xEC) && tail(1)) ||
                         (bytes[0] == 0xED && within(bytes[1], 0x80, 0x9F)) ||
                         (within(bytes[0], 0xEE, 0xEF) && tail(1)));
    default:
      return tail(2) && tail(3) &&
             ((bytes[0] == 0xF0 && within(bytes[1], 0x90, 0xBF)) ||
              (within(bytes[0], 0xF1, 0xF3) && tail(1)) ||
              (bytes[0] == 0xF4 && within(bytes[1], 0x80, 0x8F)));
  }
}

TEST(Utf, EveryLeadAndSecondByteIsJudgedByTheStandard) {
  for (int lead = 0x80; lead <= 0xFF; ++lead) {
    for (int second = 0; second <= 0xFF; ++second) {
      for (const int third : {0x7F, 0x80, 0xBF, 0xC0}) {
        const unsigned char bytes[] = {static_cast<unsigned char>(lead),
                                       static_cast<unsigned char>(second),
                                       static_cast<unsigned char>(third), 0x80};
        const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        const std::string_view text(reinterpret_cast<const char*>(bytes), size);
        ASSERT_EQ(IsUtf8(text), IsWellFormed(bytes, size))
            << std::hex << lead << " " << second << " " << third;
        ASSERT_EQ(Utf8ToWide(text).has_value(), IsUtf8(text));
      }
    }
  }
}

TEST(Utf, EverySequenceThatIsCutOffIsRefused) {
  for (const std::string whole : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(IsUtf8(whole));
    for (size_t size = 1; size < whole.size(); ++size) {
      EXPECT_FALSE(IsUtf8(whole.substr(0, size)));
      EXPECT_FALSE(Utf8ToWide("ok " + whole.substr(0, size)).has_value());
      EXPECT_FALSE(IsUtf8(whole.substr(0, size) + "x"));
    }
    EXPECT_FALSE(IsUtf8(whole.substr(1)));
  }
}

TEST(Utf, TextKeepsItsZerosAndItsMarks) {
  using std::string_literals::operator""s;
  EXPECT_EQ(Utf8ToWide("a\0b"s), L"a\0b"s);
  EXPECT_EQ(WideToUtf8(L"a\0b"s), "a\0b"s);
  EXPECT_EQ(Utf8ToWide("\xEF\xBB\xBFx"), Wide({0xFEFF, 'x'}));
  EXPECT_EQ(WideToUtf8(L"Gr\u00FC\u00DFe \U0001F600"), "Gr\xC3\xBC\xC3\x9F\x65 \xF0\x9F\x98\x80");
  EXPECT_EQ(Utf8ToWide(""), std::wstring());
  EXPECT_EQ(WideToUtf8(L""), std::string());
  EXPECT_TRUE(IsUtf8(""));
}

TEST(Utf, WideTextWithValuesThatDoNotExistIsRefused) {
  for (const uint32_t point : {0xD800U, 0xDBFFU, 0xDC00U, 0xDFFFU, 0x110000U, 0xFFFFFFFFU}) {
    EXPECT_FALSE(WideToUtf8(Wide({'a', point, 'b'})).has_value()) << std::hex << point;
  }
  // A pair of surrogates is how UTF-16 writes one value, and no text in UTF-32.
  EXPECT_FALSE(WideToUtf8(Wide({0xD83D, 0xDE00})).has_value());
}

}  // namespace
}  // namespace rsca
