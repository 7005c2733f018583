#include "common/log.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

namespace rsca {
namespace {

// Puts spdlog's default logger in place of one that writes into a string.
class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_));
    logger->set_pattern("%l %v");
    logger->set_level(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
  }
  ~LogTest() override { spdlog::set_default_logger(before_); }

  std::string Lines() const { return lines_.str(); }

 private:
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  std::ostringstream lines_;
};

TEST_F(LogTest, WritesEventAndFieldsInLogfmt) {
  LogInfo("registration ended", {{"id", "7f3a"}, {"results", 12}, {"share", 0.5}, {"ok", true}});
  EXPECT_EQ(Lines(), "info registration ended id=7f3a results=12 share=0.5 ok=1\n");
}

TEST_F(LogTest, QuotesWhatWouldBreakAField) {
  LogInfo("e", {{"empty", ""},
                {"space", "a b"},
                {"quote", "a\"b"},
                {"equals", "a=b"},
                {"backslash", "a\\b"},
                {"plain", "a/b:c-d"}});
  EXPECT_EQ(Lines(),
            "info e empty=\"\" space=\"a b\" quote=\"a\\\"b\" equals=\"a=b\" backslash=\"a\\\\b\" "
            "plain=a/b:c-d\n");
}

TEST_F(LogTest, NobodyCanForgeALine) {
  using std::string_literals::operator""s;
  const std::string evil = "x\ninfo forged \x1b[31m\r\0\x7f"s;
  LogWarning("e", {{"text", evil}});
  EXPECT_EQ(Lines(), "warning e text=\"x\\ninfo forged \\x1b[31m\\x0d\\x00\\x7f\"\n");
}

TEST_F(LogTest, EscapesWhatIsNotUtf8) {
  LogInfo("e", {{"text",
                 "\xFF"
                 "a\xC3\xBC\xC3"
                 "b\xE2\x82"}});
  EXPECT_EQ(Lines(),
            "info e text=\"\\xffa\xC3\xBC\\xc3"
            "b\\xe2\\x82\"\n");
}

TEST_F(LogTest, KeepsUtf8AsItIs) {
  LogInfo("e", {{"name", "Gr\xC3\xBC\xC3\x9F"}});
  EXPECT_EQ(Lines(), "info e name=Gr\xC3\xBC\xC3\x9F\n");
}

TEST_F(LogTest, FormatCharactersMeanNothing) {
  LogInfo("{} %s {0}", {{"field", "{}%d"}});
  EXPECT_EQ(Lines(), "info {} %s {0} field={}%d\n");
}

TEST_F(LogTest, LeavesOutWhatIsBelowTheLevel) {
  LogDebug("too little");
  LogError("enough");
  EXPECT_EQ(Lines(), "error enough\n");
}

}  // namespace
}  // namespace rsca
