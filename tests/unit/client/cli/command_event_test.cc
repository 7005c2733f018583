#include "client/cli/command_event.h"

#include <gtest/gtest.h>

namespace rsca::cli {
namespace {

constexpr char kJson[] = "application/json";

TEST(CommandEvent, SendsOutputWhereTheCommandSentIt) {
  const auto out = ParseCommandEvent(R"({"event":"output","stream":"stdout","data":"a\n"})", kJson);
  ASSERT_TRUE(out.has_value());
  EXPECT_FALSE(out->to_stderr);
  EXPECT_EQ(out->bytes, "a\n");
  const auto err = ParseCommandEvent(R"({"event":"output","stream":"stderr","data":"b"})", kJson);
  ASSERT_TRUE(err.has_value());
  EXPECT_TRUE(err->to_stderr);
  EXPECT_EQ(err->bytes, "b");
}

TEST(CommandEvent, DecodesBytes) {
  const auto out =
      ParseCommandEvent(R"({"event":"output","stream":"stdout","data_base64":"AP8="})", kJson);
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->bytes, std::string("\x00\xff", 2));
}

TEST(CommandEvent, TellsTheEndOnStandardError) {
  const auto exited = ParseCommandEvent(R"({"event":"exited","exit_status":0})", kJson);
  ASSERT_TRUE(exited.has_value());
  EXPECT_TRUE(exited->to_stderr);
  EXPECT_EQ(exited->bytes, "{\"event\":\"exited\",\"exit_status\":0}\n");
}

TEST(CommandEvent, IsNothingOfAnotherShape) {
  for (const char* other :
       {"", "text", "[]", "{}", R"({"event":"create","path":"/x"})",
        R"({"event":"output","stream":"log","data":"x"})", R"({"event":5,"stream":"stdout"})",
        R"({"event":"output","stream":"stdout","data_base64":"%"})"}) {
    EXPECT_FALSE(ParseCommandEvent(other, kJson).has_value()) << other;
  }
  EXPECT_FALSE(ParseCommandEvent(R"({"event":"output","stream":"stdout","data":"a"})", "text/plain")
                   .has_value());
}

}  // namespace
}  // namespace rsca::cli
