#include "server/worker/argument_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/utf.h"

namespace rsca::worker {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kExec[] = R"({
  "type": "object",
  "required": ["argv"],
  "additionalProperties": false,
  "properties": {
    "argv": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    "interval_ms": {"type": "integer", "minimum": 10, "maximum": 1000},
    "env": {"type": "object", "additionalProperties": {"type": "string"}},
    "mode": {"enum": ["a", "b"]},
    "limits": {"type": "object", "required": ["bytes"],
               "properties": {"bytes": {"type": "integer"}}}
  }
})";

std::unique_ptr<const ArgumentSchema> Parse(std::string_view text) {
  std::string error;
  std::unique_ptr<const ArgumentSchema> schema = ArgumentSchema::Parse(text, &error);
  EXPECT_NE(schema, nullptr) << error;
  return schema;
}

std::string ParseError(std::string_view text) {
  std::string error;
  EXPECT_EQ(ArgumentSchema::Parse(text, &error), nullptr);
  return error;
}

std::vector<std::string> Fields(std::string_view schema, std::string_view arguments) {
  std::vector<std::string> fields;
  for (const v1::FieldViolation& violation : Parse(schema)->Check(arguments)) {
    EXPECT_FALSE(violation.description().empty());
    fields.push_back(violation.field());
  }
  return fields;
}

TEST(ArgumentSchema, AcceptsWhatMatches) {
  EXPECT_THAT(Fields(kExec, R"({"argv": ["ls", "-l"], "interval_ms": 10, "mode": "b"})"),
              IsEmpty());
  EXPECT_THAT(Fields("{}", "17"), IsEmpty());
}

TEST(ArgumentSchema, NamesTheFieldThatIsWrong) {
  EXPECT_THAT(Fields(kExec, R"({"argv": [1]})"), ElementsAre("argv[0]"));
  EXPECT_THAT(Fields(kExec, R"({"argv": ["a", "b", null]})"), ElementsAre("argv[2]"));
  EXPECT_THAT(Fields(kExec, R"({"argv": []})"), ElementsAre("argv"));
  EXPECT_THAT(Fields(kExec, R"({"argv": ["a"], "interval_ms": 5})"), ElementsAre("interval_ms"));
  EXPECT_THAT(Fields(kExec, R"({"argv": ["a"], "mode": "c"})"), ElementsAre("mode"));
  EXPECT_THAT(Fields(kExec, R"({"argv": ["a"], "env": {"HOME": 1}})"), ElementsAre("env.HOME"));
  EXPECT_THAT(Fields(kExec, "[]"), ElementsAre(""));
}

TEST(ArgumentSchema, NamesWhatIsMissing) {
  EXPECT_THAT(Fields(kExec, "{}"), ElementsAre("argv"));
  EXPECT_THAT(Fields(kExec, R"({"argv": ["a"], "limits": {}})"), ElementsAre("limits.bytes"));
}

TEST(ArgumentSchema, NamesWhatIsTooMuch) {
  EXPECT_THAT(Fields(kExec, R"({"argv": ["a"], "cdw": "/"})"), ElementsAre("cdw"));
}

TEST(ArgumentSchema, NamesSeveralAtOnce) {
  EXPECT_THAT(Fields(kExec, R"({"interval_ms": "x", "mode": 1})"),
              testing::UnorderedElementsAre("argv", "interval_ms", "mode"));
}

TEST(ArgumentSchema, SaysWhereTextStopsBeingJson) {
  const auto violations = Parse(kExec)->Check("{\n  \"argv\": [,]\n}");
  ASSERT_THAT(violations, SizeIs(1));
  EXPECT_EQ(violations[0].field(), "");
  EXPECT_THAT(violations[0].description(), HasSubstr("line 2, column 12"));
  EXPECT_THAT(Fields(kExec, ""), ElementsAre(""));
  EXPECT_THAT(Fields(kExec, "{} trailing"), ElementsAre(""));
  EXPECT_THAT(Fields("{}", "1e999"), ElementsAre(""));
  EXPECT_THAT(Fields("{}", "\"\xff\""), ElementsAre(""));
}

TEST(ArgumentSchema, SurvivesDeepNesting) {
  const std::string deep = absl::StrCat(std::string(100'000, '['), std::string(100'000, ']'));
  const auto violations = Parse("{}")->Check(deep);
  ASSERT_THAT(violations, SizeIs(1));
  EXPECT_THAT(violations[0].description(), HasSubstr("nested deeper"));
  EXPECT_THAT(ParseError(absl::StrCat("{\"a\":", deep, "}")), HasSubstr("nested deeper"));
  // A schema that refers to itself recurses as deep as the arguments.
  constexpr char kTree[] = R"({"type": "array", "items": {"$ref": "#"}})";
  EXPECT_THAT(Fields(kTree, "[[[[]]]]"), IsEmpty());
  EXPECT_THAT(Fields(kTree, "[[[5]]]"), ElementsAre("[0][0][0]"));
}

TEST(ArgumentSchema, SurvivesLongTextsUnderPatterns) {
  constexpr char kPattern[] = R"({"properties": {"a": {"pattern": "^(x|y)*$"}}})";
  EXPECT_THAT(Fields(kPattern, R"({"a": "xyx"})"), IsEmpty());
  EXPECT_THAT(Fields(kPattern, R"({"a": "abc"})"), ElementsAre("a"));
  const std::string text(60'000, 'x');
  EXPECT_THAT(Fields(kPattern, absl::StrCat(R"({"a": ")", text, R"("})")), ElementsAre("a"));
  EXPECT_THAT(Fields("{}", absl::StrCat(R"({"a": ")", text, R"("})")), IsEmpty());
}

TEST(ArgumentSchema, RefusesWhatIsNoSchema) {
  EXPECT_THAT(ParseError("{"), AllOf(HasSubstr("not JSON"), HasSubstr("line 1")));
  EXPECT_THAT(ParseError("5"), HasSubstr("is an object"));
  EXPECT_THAT(ParseError(R"({"type": "nonsense"})"), HasSubstr("not a JSON Schema"));
  EXPECT_THAT(ParseError(R"({"properties": []})"), HasSubstr("not a JSON Schema"));
  EXPECT_THAT(ParseError(R"({"$ref": "http://example.com/schema"})"),
              HasSubstr("not a JSON Schema"));
  EXPECT_THAT(ParseError(R"({"$ref": "#/nowhere"})"), HasSubstr("not a JSON Schema"));
}

TEST(ArgumentSchema, WhatIsSaidIsAlwaysUtf8) {
  for (const char* arguments : {"é", "{\"é\": é}", "\"\xff\"", "[\xc3"}) {
    const auto violations = Parse(kExec)->Check(arguments);
    ASSERT_THAT(violations, SizeIs(1));
    EXPECT_TRUE(IsUtf8(violations[0].description())) << violations[0].description();
  }
}

TEST(ArgumentSchema, ASchemaThatOnlyRefersToItselfIsRefused) {
  EXPECT_NE(ParseError(R"({"$ref": "#"})"), "");
  EXPECT_NE(ParseError(R"({"allOf": [{"$ref": "#"}]})"), "");
  EXPECT_NE(ParseError(R"({"definitions": {"a": {"anyOf": [{"$ref": "#/definitions/a"}]}},
                           "$ref": "#/definitions/a"})"),
            "");
}

TEST(ArgumentSchema, ManyViolationsAreCutShort) {
  std::string many = "{\"argv\": [1";
  for (int i = 0; i < 1000; ++i) many += ", 1";
  EXPECT_THAT(Parse(kExec)->Check(many + "]}"), SizeIs(20));
}

}  // namespace
}  // namespace rsca::worker
