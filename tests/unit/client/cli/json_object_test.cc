#include "client/cli/json_object.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace rsca::cli {
namespace {

TEST(JsonObject, WritesMembersInTheOrderOfTheCalls) {
  JsonObject object;
  EXPECT_EQ(object.Text(), "{}");
  object.Add("z", "text \"quoted\"\n");
  object.Add("a", int64_t{-5});
  object.Add("b", uint64_t{18446744073709551615U});
  object.Add("c", true);
  EXPECT_EQ(object.Text(), R"({"z":"text \"quoted\"\n","a":-5,"b":18446744073709551615,"c":true})");
}

TEST(JsonObject, TakesJsonOverWithoutTouchingItsNumbers) {
  JsonObject object;
  object.AddJson("response", "{\n \"n\": 123456789012345678901234567890.10\r\n}");
  EXPECT_EQ(object.Text(), "{\"response\":{  \"n\": 123456789012345678901234567890.10  }}");
}

TEST(JsonObject, SurvivesTheDeepestJsonThatAPluginCanSend) {
  const size_t depth = 500'000;
  const std::string deep = std::string(depth, '[') + std::string(depth, ']');
  ASSERT_TRUE(IsJson(deep));
  JsonObject object;
  object.AddJson("response", deep);
  EXPECT_EQ(object.Text().size(), deep.size() + 13);
  EXPECT_GT(PrettyJson(deep).size(), deep.size());
}

TEST(JsonString, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(JsonString("a\xff"), "\"a\xef\xbf\xbd\"");
}

TEST(IsJson, AsksForOneWholeValue) {
  EXPECT_TRUE(IsJson("1"));
  EXPECT_TRUE(IsJson(" {\"a\": [1, null]} "));
  EXPECT_FALSE(IsJson(""));
  EXPECT_FALSE(IsJson("{} {}"));
  EXPECT_FALSE(IsJson("{\"a\":}"));
}

TEST(JsonArray, IsOneDocument) {
  EXPECT_EQ(JsonArray({}), "[]\n");
  EXPECT_EQ(JsonArray({"{\"a\":1}", "{\"a\":2}"}), "[\n{\"a\":1},\n{\"a\":2}\n]\n");
}

TEST(JsonLines, IsADocumentALine) { EXPECT_EQ(JsonLines({"{}", "[]"}), "{}\n[]\n"); }

TEST(PrettyJson, HasALineForEachMember) {
  EXPECT_EQ(PrettyJson(R"({"a":{"b":[1,2],"c":{}},"d":[]})"),
            "{\n  \"a\": {\n    \"b\": [\n      1,\n      2\n    ],\n    \"c\": {}\n  },\n"
            "  \"d\": []\n}");
}

TEST(PrettyJson, LeavesTextsAsTheyAre) {
  EXPECT_EQ(PrettyJson(R"({ "a{" : "x, \"y\": [\\" })"), "{\n  \"a{\": \"x, \\\"y\\\": [\\\\\"\n}");
}

TEST(PrettyJson, MeansTheSame) {
  const std::string json = R"([{"a":1.5e3,"b":[[],{},[{"c":null}]]},"\u00e4",true])";
  EXPECT_EQ(nlohmann::json::parse(PrettyJson(json)), nlohmann::json::parse(json));
}

}  // namespace
}  // namespace rsca::cli
