#include "client/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace rsca::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kSchema[] = R"({
  "type": "object",
  "required": ["path", "argv"],
  "additionalProperties": false,
  "properties": {
    "path": {"type": "string", "description": "The file."},
    "lines": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 10},
    "ratio": {"type": "number"},
    "follow": {"type": "boolean"},
    "mode": {"enum": ["fast", "slow"], "type": "string"},
    "sizes": {"type": "array", "items": {"type": "integer"}},
    "argv": {"type": "array", "items": {"type": "string"}},
    "env": {"type": "object", "additionalProperties": {"type": "string"}},
    "limits": {"type": "object", "properties": {"cpu": {"type": "integer"}}},
    "until": {"type": ["string", "null"]},
    "extra": {}
  }
})";

absl::StatusOr<std::string> Build(
    const std::vector<std::string>& words,
    std::optional<std::vector<std::string>> trailing = std::vector<std::string>{"ls"}) {
  return ArgumentsFor("test.function", kSchema, {words, std::move(trailing)});
}

// The arguments but for those that the schema requires.
std::string Built(std::vector<std::string> words) {
  words.push_back("path=/p");
  const absl::StatusOr<std::string> arguments = Build(words);
  if (!arguments.ok()) return std::string(arguments.status().message());
  Json json = Json::parse(*arguments);
  json.erase("path");
  json.erase("argv");
  return json.dump();
}

std::string ErrorOf(const absl::StatusOr<std::string>& result) {
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(result.status().message());
}

TEST(Arguments, AreTypedByTheSchema) {
  EXPECT_EQ(Built({"lines=5"}), R"({"lines":5})");
  EXPECT_EQ(Built({"ratio=0.5"}), R"({"ratio":0.5})");
  EXPECT_EQ(Built({"ratio=2"}), R"({"ratio":2})");
  EXPECT_EQ(Built({"follow=true"}), R"({"follow":true})");
  EXPECT_EQ(Built({"mode=slow"}), R"({"mode":"slow"})");
}

TEST(Arguments, TakeTextsAsTheyAre) {
  EXPECT_EQ(*Build({"path=5"}), R"({"path":"5","argv":["ls"]})");
  EXPECT_EQ(*Build({"path=a=b\"c"}), R"({"path":"a=b\"c","argv":["ls"]})");
  EXPECT_EQ(*Build({"path="}), R"({"path":"","argv":["ls"]})");
}

TEST(Arguments, MakeListsOfRepeatedNames) {
  EXPECT_EQ(Built({"sizes=1", "lines=3", "sizes=2"}), R"({"sizes":[1,2],"lines":3})");
  EXPECT_EQ(Built({"sizes=[1,2,3]"}), R"({"sizes":[1,2,3]})");
  EXPECT_EQ(Built({"sizes=[1]", "sizes=2"}), R"({"sizes":[1,2]})");
}

TEST(Arguments, SetMembersOfObjectsByDots) {
  EXPECT_EQ(Built({"env.PATH=/bin", "env.A.B=x=y"}), R"({"env":{"PATH":"/bin","A.B":"x=y"}})");
  EXPECT_EQ(Built({"limits.cpu=2"}), R"({"limits":{"cpu":2}})");
  EXPECT_EQ(Built({R"(env={"A":"b"})", "env.C=d"}), R"({"env":{"A":"b","C":"d"}})");
}

TEST(Arguments, OfSeveralTypesTakeTheFirstThatFits) {
  EXPECT_EQ(Built({"until=null"}), R"({"until":null})");
  EXPECT_EQ(Built({"until=5"}), R"({"until":"5"})");
}

TEST(Arguments, WithoutATypeAreJsonIfTheyCanBe) {
  EXPECT_EQ(Built({"extra=[1,{}]"}), R"({"extra":[1,{}]})");
  EXPECT_EQ(Built({"extra=hello"}), R"({"extra":"hello"})");
}

TEST(Arguments, AfterTheMarkFillTheFirstRequiredListOfTexts) {
  EXPECT_EQ(*Build({"path=/p"}, std::vector<std::string>{"ls", "-l", "a=b", "--"}),
            R"({"path":"/p","argv":["ls","-l","a=b","--"]})");
  EXPECT_EQ(*Build({"path=/p"}, std::vector<std::string>{}), R"({"path":"/p","argv":[]})");
}

TEST(Arguments, AfterTheMarkFillTheFirstListOfTextsIfNoneIsRequired) {
  EXPECT_EQ(*ArgumentsFor("f",
                          R"({"properties": {"n": {"type": "array", "items": {"type": "integer"}},
                              "argv": {"type": "array", "items": {"type": "string"}}}})",
                          {{}, std::vector<std::string>{"x"}}),
            R"({"argv":["x"]})");
}

TEST(Arguments, AfterTheMarkNeedAnArgumentThatTakesThem) {
  EXPECT_THAT(ErrorOf(ArgumentsFor("f", R"({"properties":{"a":{"type":"string"}}})",
                                   {{}, std::vector<std::string>{"x"}})),
              HasSubstr("f takes nothing after `--`"));
  EXPECT_THAT(ErrorOf(Build({"path=/p", "argv=x"})), HasSubstr("`argv` is given twice"));
}

TEST(Arguments, OfTheWrongTypeAreRefusedWithWhatTheSchemaWants) {
  EXPECT_EQ(ErrorOf(Build({"lines=ten"})),
            "argument `lines` must be an integer 0..1000, not `ten`");
  EXPECT_EQ(ErrorOf(Build({"lines=1.5"})),
            "argument `lines` must be an integer 0..1000, not `1.5`");
  EXPECT_EQ(ErrorOf(Build({"follow=yes"})), "argument `follow` must be a boolean, not `yes`");
  EXPECT_EQ(ErrorOf(Build({"mode=medium"})),
            "argument `mode` must be a string: fast, slow, not `medium`");
  EXPECT_EQ(ErrorOf(Build({"sizes=x"})), "argument `sizes` must be an integer, not `x`");
  EXPECT_EQ(ErrorOf(Build({"sizes=[1"})), "argument `sizes` must be an array of integer, not `[1`");
  EXPECT_EQ(ErrorOf(Build({"limits.cpu=x"})), "argument `limits.cpu` must be an integer, not `x`");
  EXPECT_EQ(ErrorOf(Build({"env=x"})), "argument `env` must be an object, not `x`");
}

TEST(Arguments, ThatAreUnknownAreRefusedWithTheKnownOnes) {
  const std::string error = ErrorOf(Build({"pth=/p"}));
  EXPECT_THAT(error, HasSubstr("test.function has no argument `pth`; did you mean `path`?"));
  EXPECT_THAT(error, HasSubstr("path, lines, ratio, follow, mode, sizes, argv, env"));
  EXPECT_THAT(ErrorOf(Build({"limits.ram=1"})), HasSubstr("no argument `limits.ram`"));
  EXPECT_THAT(ErrorOf(Build({"hello"})), HasSubstr("`hello` is no argument of test.function"));
  EXPECT_THAT(ErrorOf(Build({"=5"})), HasSubstr("write name=value"));
}

TEST(Arguments, GivenTwiceAreRefused) {
  EXPECT_THAT(ErrorOf(Build({"path=a", "path=b"})), HasSubstr("`path` is given twice"));
  EXPECT_THAT(ErrorOf(Build({"env.A=1", "env.A=2"})), HasSubstr("`env.A` is given twice"));
}

TEST(Arguments, ThatAreRequiredAreNamedWhenTheyAreMissing) {
  EXPECT_THAT(ErrorOf(Build({}, std::nullopt)),
              HasSubstr("test.function needs `path`, `argv`; `rsca describe test.function`"));
}

TEST(Arguments, OfAnOpenSchemaMayHaveAnyName) {
  EXPECT_EQ(*ArgumentsFor("f", R"({"type":"object"})", {{"a=1", "b=x"}, {}}), R"({"a":1,"b":"x"})");
  EXPECT_EQ(*ArgumentsFor("f", R"({"properties":{"a":{}},"additionalProperties":true})",
                          {{"a=1", "b=x"}, {}}),
            R"({"a":1,"b":"x"})");
}

TEST(Arguments, AsOneJsonObjectAreSentAsTheyAre) {
  const std::string document = R"({ "path": "/p",  "n": 12345678901234567890123 })";
  EXPECT_EQ(*Build({document}, std::nullopt), document);
}

TEST(Arguments, AsBrokenJsonAreRefusedWithThePlace) {
  EXPECT_THAT(ErrorOf(Build({"{\"path\": }"}, std::nullopt)), HasSubstr("column 10"));
}

TEST(Arguments, ComeFromAFile) {
  const std::string path = testing::TempDir() + "/rsca_arguments_" + std::to_string(getpid());
  std::ofstream(path) << R"({"path":"/from/file"})";
  EXPECT_EQ(*Build({"@" + path}, std::nullopt), R"({"path":"/from/file"})");
  std::ofstream(path) << "[1]";
  EXPECT_THAT(ErrorOf(Build({"@" + path}, std::nullopt)), HasSubstr("must be a JSON object"));
  std::ofstream(path) << std::string(2'000'000, ' ');
  EXPECT_THAT(ErrorOf(Build({"@" + path}, std::nullopt)), HasSubstr("longer than 1 MiB"));
  std::remove(path.c_str());
  EXPECT_THAT(ErrorOf(Build({"@" + path}, std::nullopt)), HasSubstr("No such file"));
  EXPECT_THAT(ErrorOf(Build({"@/"}, std::nullopt)), HasSubstr("Is a directory"));
}

TEST(Arguments, OfAFunctionWithoutASchemaAreTheTextAsItIs) {
  EXPECT_EQ(*ArgumentsFor("f", "", {{"[a,b]"}, {}}), "[a,b]");
  EXPECT_EQ(*ArgumentsFor("f", "", {{"{not json"}, {}}), "{not json");
  EXPECT_EQ(*ArgumentsFor("f", "", {{"a=b", "c"}, std::vector<std::string>{"-d"}}), "a=b c -d");
  EXPECT_EQ(*ArgumentsFor("f", "", {}), "");
}

TEST(Arguments, MustBeText) {
  EXPECT_THAT(ErrorOf(Build({"path=\xff"})), HasSubstr("not UTF-8"));
  EXPECT_THAT(ErrorOf(ArgumentsFor("f", "", {{"\xc3"}, {}})), HasSubstr("not UTF-8"));
}

TEST(SchemaView, TellsTypesForPeople) {
  const Json schema = *ParseSchema(kSchema);
  const SchemaView view(&schema);
  EXPECT_EQ(view.Property("argv")->TypeText(), "array of string");
  EXPECT_EQ(view.Property("until")->TypeText(), "string or null");
  EXPECT_EQ(view.Property("extra")->TypeText(), "any");
  EXPECT_EQ(view.Property("mode")->TypeText(), "string: fast, slow");
  EXPECT_EQ(view.Property("lines")->Default(), "10");
  EXPECT_EQ(view.Property("path")->Description(), "The file.");
  EXPECT_EQ(view.TrailingProperty(), "argv");
}

TEST(SchemaView, BearsSchemasThatMakeNoSense) {
  const Json schema = *ParseSchema(
      R"({"properties": [1], "required": {"a": 1}, "type": 5, "enum": "x", "items": 3})");
  const SchemaView view(&schema);
  EXPECT_EQ(view.TypeText(), "any");
  EXPECT_TRUE(view.PropertyNames().empty());
  EXPECT_TRUE(view.RequiredNames().empty());
  EXPECT_EQ(view.TrailingProperty(), "");
  EXPECT_EQ(view.Items().TypeText(), "any");
  EXPECT_FALSE(ParseSchema("[]").ok());
  EXPECT_FALSE(ParseSchema("{").ok());
}

}  // namespace
}  // namespace rsca::cli
