#include "client/cli/command_event.h"

#include <gtest/gtest.h>

namespace rsca::cli {
namespace {

constexpr char kExec[] = "process.exec";

TEST(CommandEvent, SendsOutputWhereTheCommandSentIt) {
  const auto out = ParseCommandEvent(kExec, R"({"event":"output","stream":"stdout","data":"a\n"})");
  ASSERT_TRUE(out.has_value());
  EXPECT_FALSE(out->to_stderr);
  EXPECT_EQ(out->bytes, "a\n");
  const auto err = ParseCommandEvent(kExec, R"({"event":"output","stream":"stderr","data":"b"})");
  ASSERT_TRUE(err.has_value());
  EXPECT_TRUE(err->to_stderr);
  EXPECT_EQ(err->bytes, "b");
}

TEST(CommandEvent, DecodesBytes) {
  const auto out =
      ParseCommandEvent(kExec, R"({"event":"output","stream":"stdout","data_base64":"AP8="})");
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->bytes, std::string("\x00\xff", 2));
}

TEST(CommandEvent, TellsTheRestOnStandardError) {
  EXPECT_TRUE(ParseCommandEvent(kExec, R"({"event":"started","pid":5})")->to_stderr);
  const auto exited = ParseCommandEvent(kExec, R"({"event":"exited","exit_status":0})");
  ASSERT_TRUE(exited.has_value());
  EXPECT_TRUE(exited->to_stderr);
  EXPECT_EQ(exited->bytes, "{\"event\":\"exited\",\"exit_status\":0}\n");
}

TEST(CommandEvent, IsNothingOfAnotherShape) {
  for (const char* other :
       {"", "text", "[]", "{}", R"({"event":"create","path":"/x"})",
        R"({"event":"output","stream":"log","data":"x"})", R"({"event":5,"stream":"stdout"})",
        R"({"event":"output","stream":"stdout","data_base64":"%"})"}) {
    EXPECT_FALSE(ParseCommandEvent(kExec, other).has_value()) << other;
  }
  EXPECT_FALSE(
      ParseCommandEvent("process.watch", R"({"event":"output","stream":"stdout","data":"a"})")
          .has_value());
}

}  // namespace
}  // namespace rsca::cli
