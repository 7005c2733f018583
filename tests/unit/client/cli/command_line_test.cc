#include "client/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "client/cli/exit_status.h"
#include "common/default_paths.h"

namespace rsca::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CommandLine : public testing::Test {
 protected:
  CommandLine() { unsetenv("RSCA_SERVER"); }

  Options Parse(const std::vector<std::string>& words) {
    Options options;
    EXPECT_EQ(ParseCommandLine(words, &options), std::nullopt);
    return options;
  }

  // What is said about wrong words.
  std::string Refuse(const std::vector<std::string>& words) {
    Options options;
    testing::internal::CaptureStderr();
    EXPECT_EQ(ParseCommandLine(words, &options), kExitUsage);
    return testing::internal::GetCapturedStderr();
  }

  std::string Help(const std::vector<std::string>& words) {
    Options options;
    testing::internal::CaptureStdout();
    EXPECT_EQ(ParseCommandLine(words, &options), kExitOk);
    return testing::internal::GetCapturedStdout();
  }
};

TEST_F(CommandLine, KnowsTheServerByOptionThenEnvironmentThenDefault) {
  EXPECT_EQ(Parse({"actions"}).server, DefaultServerAddress());
  setenv("RSCA_SERVER", "unix:/from/environment", 1);
  EXPECT_EQ(Parse({"actions"}).server, "unix:/from/environment");
  EXPECT_EQ(Parse({"actions", "--server", "host:1"}).server, "host:1");
  EXPECT_EQ(Parse({"--server", "host:1", "actions"}).server, "host:1");
  unsetenv("RSCA_SERVER");
}

TEST_F(CommandLine, TakesOptionsBeforeAndAfterTheCommandAndItsArguments) {
  const Options options = Parse({"-o", "jsonl", "register", "--batch", "5", "file.tail", "path=/x",
                                 "--timeout", "1m", "n=2"});
  EXPECT_EQ(options.command, "register");
  EXPECT_EQ(options.format, Format::kJsonLines);
  EXPECT_EQ(options.function, "file.tail");
  EXPECT_THAT(options.arguments.words, ElementsAre("path=/x", "n=2"));
  EXPECT_FALSE(options.arguments.trailing.has_value());
  EXPECT_EQ(options.batch, 5U);
  EXPECT_EQ(options.timeout, absl::Minutes(1));
}

TEST_F(CommandLine, LeavesEveryKindOfArgumentUntouched) {
  const Options options =
      Parse({"run", "f", "[a,b]", "{}", "-", "@file", "run", "actions", "a= b", ""});
  EXPECT_THAT(options.arguments.words,
              ElementsAre("[a,b]", "{}", "-", "@file", "run", "actions", "a= b", ""));
}

TEST_F(CommandLine, KeepsWhatStandsAfterTheMark) {
  const Options options = Parse({"register", "process.exec", "a=1", "--", "ls", "-l", "--", "[x]"});
  EXPECT_THAT(options.arguments.words, ElementsAre("a=1"));
  EXPECT_THAT(*options.arguments.trailing, ElementsAre("ls", "-l", "--", "[x]"));
}

TEST_F(CommandLine, ReadsTheOptionsOfRegister) {
  const Options options = Parse({"register", "f", "--request-id", "u", "--detach-grace", "0",
                                 "--durable", "--ttl", "2h", "--heartbeat", "1500ms"});
  EXPECT_EQ(options.request_id, "u");
  EXPECT_EQ(options.detach_grace, absl::ZeroDuration());
  EXPECT_TRUE(options.durable);
  EXPECT_EQ(options.ttl, absl::Hours(2));
  EXPECT_EQ(options.heartbeat, absl::Milliseconds(1500));
}

TEST_F(CommandLine, ReadsSequenceNumbersOfAnySize) {
  EXPECT_EQ(Parse({"attach", "registrations/1", "--after", "0"}).after_sequence, 0U);
  EXPECT_EQ(Parse({"attach", "registrations/1", "--after", "18446744073709551615"}).after_sequence,
            18446744073709551615U);
  EXPECT_THAT(Refuse({"attach", "registrations/1", "--after", "-1"}), HasSubstr("--after"));
}

TEST_F(CommandLine, RefusesUnknownWordsWithAGuess) {
  EXPECT_THAT(Refuse({"atach"}), HasSubstr("no command `atach`; did you mean `attach`?"));
  EXPECT_THAT(Refuse({"actions", "--outptu", "json"}), HasSubstr("did you mean `--output`?"));
  EXPECT_THAT(Refuse({"register", "f", "--batsh=3"}), HasSubstr("did you mean `--batch`?"));
  EXPECT_THAT(Refuse({"describe", "f", "g"}), HasSubstr("`g` is one word too many"));
}

TEST_F(CommandLine, SaysWhatIsMissing) {
  EXPECT_THAT(Refuse({}), HasSubstr("commands: actions, describe, run, register, attach"));
  EXPECT_THAT(Refuse({"register"}), HasSubstr("FUNCTION is required"));
  EXPECT_THAT(Refuse({"actions", "--cert", "c.pem"}), HasSubstr("--cert and --key go together"));
  EXPECT_THAT(Refuse({"register", "f", "--ttl", "1h"}), HasSubstr("--durable"));
}

TEST_F(CommandLine, SaysWhatAnOptionWants) {
  EXPECT_THAT(Refuse({"pool", "stop", "a", "--reason"}),
              HasSubstr("rsca: --reason wants TEXT after it\n"));
  EXPECT_THAT(Refuse({"actions", "--timeout"}),
              HasSubstr("rsca: --timeout wants DURATION after it\n"));
  EXPECT_THAT(Help({"pool", "stop", "--help"}), HasSubstr("  --reason TEXT "));
  EXPECT_THAT(Help({"pool", "stop", "--help"}), HasSubstr("  POOL REQUIRED "));
  EXPECT_THAT(Help({"registrations", "--help"}), HasSubstr("  NAME   "));
}

TEST_F(CommandLine, RefusesValuesThatMakeNoSense) {
  EXPECT_THAT(Refuse({"actions", "-o", "xml"}), HasSubstr("table, json, jsonl or raw"));
  EXPECT_THAT(Refuse({"actions", "--timeout", "10"}), HasSubstr("write 500ms, 10s, 5m"));
  EXPECT_THAT(Refuse({"actions", "--timeout", "-1s"}), HasSubstr("is no duration"));
  EXPECT_THAT(Refuse({"attach", "n", "--batch", "1001"}), HasSubstr("not within 1 to 1000"));
  EXPECT_THAT(Refuse({"completion", "tcsh"}), HasSubstr("tcsh"));
  EXPECT_THAT(Refuse({"actions", "--", "x"}), HasSubstr("takes nothing after `--`"));
}

TEST_F(CommandLine, HelpsWithExamplesForEveryCommand) {
  EXPECT_THAT(Help({"--help"}), HasSubstr("Exit status:"));
  for (const char* command : {"actions", "describe", "run", "register", "attach", "unregister",
                              "registrations", "health", "completion"}) {
    const std::string help = Help({command, "--help"});
    EXPECT_THAT(help, HasSubstr("Examples:\n  ")) << command;
    EXPECT_THAT(help, HasSubstr(std::string("rsca ") + command)) << command;
  }
  EXPECT_THAT(Help({"register", "--help"}), HasSubstr("env.PATH=/bin"));
}

TEST_F(CommandLine, HasCommandsOfCommands) {
  const Options stop = Parse({"pool", "stop", "default", "--reason", "why not", "-o", "json"});
  EXPECT_EQ(stop.command, "pool stop");
  EXPECT_EQ(stop.name, "default");
  EXPECT_EQ(stop.reason, "why not");
  EXPECT_EQ(stop.format, Format::kJson);
  const Options list = Parse({"--server", "host:1", "worker", "list", "--pool", "jobs", "--watch"});
  EXPECT_EQ(list.command, "worker list");
  EXPECT_EQ(list.server, "host:1");
  EXPECT_EQ(list.pool, "jobs");
  EXPECT_TRUE(list.watch);
  EXPECT_EQ(Parse({"pool", "watch", "--after", "7"}).after_sequence, 7U);
}

TEST_F(CommandLine, GuessesCommandsOfCommands) {
  EXPECT_THAT(Refuse({"pool"}), HasSubstr("a command is missing\n  commands: list, show, start"));
  EXPECT_THAT(Refuse({"pool", "lst"}),
              HasSubstr("there is no command `lst`; did you mean `list`?"));
  EXPECT_THAT(Refuse({"pool", "stop"}), HasSubstr("POOL is required"));
  EXPECT_THAT(Refuse({"pool", "stop", "a", "b"}), HasSubstr("`b` is one word too many"));
  EXPECT_THAT(Refuse({"pool", "stop", "a", "--raeson", "b"}),
              HasSubstr("did you mean `--reason`?"));
  EXPECT_THAT(Refuse({"pool", "stop", "a", "--raeson", "b"}),
              HasSubstr("see `rsca pool stop --help`"));
}

TEST_F(CommandLine, HelpsWithCommandsOfCommands) {
  EXPECT_THAT(Help({"pool", "--help"}), HasSubstr("rsca pool stop default --reason maintenance"));
  EXPECT_THAT(Help({"worker", "recycle", "--help"}),
              HasSubstr("rsca worker recycle [OPTIONS] WORKER"));
}

}  // namespace
}  // namespace rsca::cli
