#include "server/config/yaml_reader.h"

#include "tests/unit/server/config/config_fixture.h"

namespace rsca::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using YamlReader = ConfigFixture;

TEST_F(YamlReader, UnknownKeysGetASuggestionOrTheChoice) {
  EXPECT_EQ(Problems("limits:\n  argument_bytes: 5\n"),
            "FILE:2:3: limits.argument_bytes: is not known; did you mean `arguments_bytes`?");
  EXPECT_EQ(Problems("logging: {colour: red}"),
            "FILE:1:11: logging.colour: is not known; known here are level");
}

TEST_F(YamlReader, RepeatedKeysAreRefused) {
  EXPECT_EQ(Problems("limits:\n  response_bytes: 5\n  response_bytes: 6\n"),
            "FILE:3:3: limits.response_bytes: is there twice, first in line 2");
  EXPECT_EQ(Problems("limits: {}\nlimits: {}\n"),
            "FILE:2:1: limits: is there twice, first in line 1");
}

TEST_F(YamlReader, MissingFieldsAreNamed) {
  EXPECT_EQ(Problems("listeners:\n- insecure: false\n"),
            "FILE:2:3: listeners[0].address: is missing");
  EXPECT_EQ(Problems("pools:\n- name: ''\n  protocol_managers: [{name: file}]\n"),
            "FILE:2:9: pools[0].name: is empty; it needs a value");
}

TEST_F(YamlReader, NumbersAreDecimalAndInRange) {
  const std::string key = "limits:\n  function_name_bytes: ";
  EXPECT_EQ(Problems(key + "0"),
            "FILE:2:24: limits.function_name_bytes: is 0; allowed are 1 to 256");
  for (const std::string value : {"257", "-1", "99999999999999999999"}) {
    EXPECT_THAT(Problems(key + value), HasSubstr("is " + value + "; allowed are 1 to 256"))
        << value;
  }
  for (const std::string value : {"1.0", "0x10", "010", "1e2", "ten", "+5", "5 6"}) {
    EXPECT_THAT(Problems(key + value),
                HasSubstr("is `" + value + "`; expected a number from 1 to 256"))
        << value;
  }
  EXPECT_THAT(Problems(key + "'5'"), HasSubstr("is text in quotes; expected a number"));
  EXPECT_THAT(Problems(key + "[5]"), HasSubstr("is a list; expected a number"));
  EXPECT_THAT(Problems(key), HasSubstr("is empty; expected a number"));
  EXPECT_EQ(Problems(key + "1"), "");
  EXPECT_EQ(Problems(key + "256"), "");
}

TEST_F(YamlReader, DurationsHaveUnits) {
  const std::string key = "timeouts:\n  run: ";
  EXPECT_EQ(Problems(key + "9ms"), "FILE:2:8: timeouts.run: is 9ms; allowed are 10ms to 24h");
  EXPECT_THAT(Problems(key + "-1s"), HasSubstr("is -1s; allowed are 10ms to 24h"));
  EXPECT_THAT(Problems(key + "inf"), HasSubstr("allowed are 10ms to 24h"));
  for (const std::string value : {"30", "30 s", "5d", "s", "1,5s"}) {
    EXPECT_THAT(Problems(key + value), HasSubstr("expected a duration such as 500ms")) << value;
  }
  EXPECT_THAT(Problems(key + "10.5ms"), HasSubstr("durations are whole milliseconds"));
  const auto config = Load("timeouts: {run: 1.5s, register: 250ms, unregister: 2m, drain: 0.5h}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->timeouts().run().seconds(), 1);
  EXPECT_EQ(config->timeouts().run().nanos(), 500'000'000);
  EXPECT_EQ(config->timeouts().register_().nanos(), 250'000'000);
  EXPECT_EQ(config->timeouts().unregister().seconds(), 120);
  EXPECT_EQ(config->timeouts().drain().seconds(), 1800);
}

TEST_F(YamlReader, EnumsAndTruthValuesHaveShortNames) {
  EXPECT_EQ(Problems("logging: {level: LEVEL_DEBUG}"),
            "FILE:1:18: logging.level: is `LEVEL_DEBUG`; expected one of debug, info, warn, error");
  EXPECT_THAT(Problems("logging: {level: unspecified}"), HasSubstr("expected one of"));
  EXPECT_EQ(Load("logging: {level: warn}")->logging().level(), v1::Logging::LEVEL_WARN);
  EXPECT_THAT(Problems("listeners: [{address: 'unix:/x', insecure: no}]"),
              HasSubstr("is `no`; expected true or false"));
}

TEST_F(YamlReader, ListsAndSectionsAreTold) {
  EXPECT_EQ(Problems("pools: {name: x}"),
            "FILE:1:1: pools: is a section; expected a list (`- ` lines)");
  EXPECT_EQ(Problems("pools: []"), "FILE:1:1: pools: has 0 entries; allowed are 1 to 64");
  EXPECT_THAT(Problems("pools: [5]"), HasSubstr("FILE:1:9: pools[0]: is `5`; `key: value` lines"));
  EXPECT_THAT(Problems("limits: [1]"),
              HasSubstr("FILE:1:9: limits: is a list; `key: value` lines"));
  EXPECT_THAT(Problems("just text"), HasSubstr("FILE:1:1: is `just text`; `key: value` lines"));
  std::string many = "listeners:\n";
  for (int i = 0; i < 65; ++i) absl::StrAppend(&many, "- address: unix:/x", i, "\n");
  EXPECT_EQ(Problems(many), "FILE:1:1: listeners: has 65 entries; allowed are 1 to 64");
}

TEST_F(YamlReader, AllProblemsAreReportedInTheOrderOfTheFile) {
  EXPECT_EQ(Problems("limits:\n  response_bytes: 0\nlistners: []\ntimeouts:\n  run: 1\n"),
            "FILE:2:19: limits.response_bytes: is 0; allowed are 1 to 16777216\n"
            "FILE:3:1: listners: is not known; did you mean `listeners`?\n"
            "FILE:5:8: timeouts.run: is `1`; expected a duration such as 500ms, 30s, 5m or 1h, "
            "from 10ms to 24h");
}

TEST_F(YamlReader, TabsAsIndentationAreExplained) {
  EXPECT_EQ(Problems("limits:\n\tresponse_bytes: 5\n"),
            "FILE:2:1: a tab in the indentation; YAML wants spaces");
}

TEST_F(YamlReader, MalformedYamlHasAPlace) {
  EXPECT_THAT(Problems("limits:\n  response_bytes: 5\n odd: 6\n"),
              StartsWith("FILE:3:2: is not valid"));
  EXPECT_THAT(Problems("limits: {"), HasSubstr("is not valid YAML"));
}

TEST_F(YamlReader, AnchorsAliasesTagsAndFurtherDocumentsAreRefused) {
  EXPECT_EQ(Problems("limits: &a {}\ntimeouts: *a\n"),
            "FILE:1:9: anchors (`&name`) are not supported; repeat the value\n"
            "FILE:2:11: aliases (`*name`) are not supported; repeat the value");
  EXPECT_THAT(Problems("limits: !mine {}\n"), HasSubstr("tags (`!mine`) are not supported"));
  EXPECT_THAT(Problems("limits: {}\n---\nlimits: {}\n"), HasSubstr("a second document begins"));
}

TEST_F(YamlReader, AFileIsPlainText) {
  EXPECT_EQ(Problems("limits: {}\n# \x04\nnonsense"),
            "FILE:2:3: control character 0x04; a configuration file is plain text");
  EXPECT_THAT(Problems(std::string("a\0b", 3)), HasSubstr("control character 0x00"));
  EXPECT_EQ(Problems("# \xff\n"), "FILE: is not UTF-8 text");
}

}  // namespace
}  // namespace rsca::config
