// Completion in zsh and fish themselves, where they are installed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/integration/cli/cli.h"

namespace rsca::support {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

bool Installed(const std::string& shell) {
  ChildProcess version({shell, "--version"});
  return version.Wait() == ExitStatus{};
}

// An interactive zsh in a terminal of its own: types each argument and Tab, and prints what the
// terminal showed, then `LINE[the line as it is now]`.
constexpr char kTypeInZsh[] = R"zsh(
zmodload zsh/zpty
zpty inner 'TERM=dumb zsh -f -i'
zpty -w inner 'PS1= LISTMAX=1000 COLUMNS=200; unsetopt prompt_cr beep; stty -echo
  autoload -Uz compinit && compinit -u -D; source <(rsca completion zsh)
  show-line() { print -r -- "LINE[$BUFFER]"; zle .kill-buffer }
  zle -N show-line; bindkey "^X" show-line; print READY'
while zpty -r inner shown && [[ $shown != READY* ]]; do :; done
for line; do
  zpty -w -n inner "$line"$'\t\x18'
  while zpty -r inner shown; do
    print -rn -- "${shown//$'\r'/}"
    [[ $shown == *LINE\[* ]] && break
  done
done
)zsh";

class CliCompletionInZsh : public testing::Test {
 protected:
  void SetUp() override {
    if (!Installed("zsh")) GTEST_SKIP() << "zsh is not installed";
    server_.emplace(Config().Pool("default", {"counter", "echo"}));
  }

  std::string Type(const std::string& line) {
    const CliRun run = RunWithRsca(*server_, {"zsh", "-f", "-c", kTypeInZsh, "zsh", line});
    EXPECT_EQ(run.exit, kOk) << run.err;
    return run.out;
  }

  std::optional<RscadProcess> server_;
};

TEST_F(CliCompletionInZsh, CompletesWhatIsTheOnlyOne) {
  EXPECT_THAT(Type("rsca desc"), HasSubstr("LINE[rsca describe ]"));
  EXPECT_THAT(Type("rsca register co"), HasSubstr("LINE[rsca register counter ]"));
  EXPECT_THAT(Type("rsca register counter co"), HasSubstr("LINE[rsca register counter count=]"))
      << "the value is to follow at once";
  EXPECT_THAT(Type("rsca register counter inside_register=t"),
              HasSubstr("LINE[rsca register counter inside_register=true ]"));
  EXPECT_THAT(Type("rsca actions -o ta"), HasSubstr("LINE[rsca actions -o table ]"));
}

TEST_F(CliCompletionInZsh, ListsFunctionsArgumentsAndValuesOfTheServer) {
  EXPECT_THAT(Type("rsca register "),
              AllOf(HasSubstr("\ncounter  -- A function"), HasSubstr("\necho  -- ")));
  EXPECT_THAT(Type("rsca register counter "),
              AllOf(HasSubstr("\ninterval_ms=  -- integer"), HasSubstr("\nsize=  -- ")));
  EXPECT_THAT(Type("rsca register counter inside_register="),
              AllOf(HasSubstr("\ninside_register=false"), HasSubstr("\ninside_register=true")));
}

TEST_F(CliCompletionInZsh, OffersFilesWhereTheServerKnowsNoCandidate) {
  WriteFile(server_->dir().File("authority.pem"), "");
  const std::string begun = server_->dir().File("autho");
  EXPECT_THAT(Type("rsca actions --ca " + begun), HasSubstr(begun + "rity.pem ]"));
  EXPECT_THAT(Type("rsca run echo path=" + begun), HasSubstr("path=" + begun + "rity.pem ]"));
}

class CliCompletionInFish : public testing::Test {
 protected:
  void SetUp() override {
    if (!Installed("fish")) GTEST_SKIP() << "fish is not installed";
    server_.emplace(Config().Pool("default", {"counter", "echo"}));
  }

  // What fish offers at the end of the line, one candidate a line with a tab and its description.
  std::string Complete(const std::string& line) {
    const CliRun run =
        RunWithRsca(*server_, {"env", "HOME=" + server_->dir().path(), "fish", "--no-config", "-c",
                               "rsca completion fish | source; complete -C $argv[1]", line});
    EXPECT_EQ(run.exit, kOk) << run.err;
    EXPECT_EQ(run.err, "");
    return run.out;
  }

  std::optional<RscadProcess> server_;
};

TEST_F(CliCompletionInFish, KnowsCommandsAndOptions) {
  EXPECT_THAT(Complete("rsca regis"), MatchesRegex("register\t.*\nregistrations\t.*\n"));
  EXPECT_EQ(Complete("rsca actions -o j"), "json\njsonl\n");
}

TEST_F(CliCompletionInFish, KnowsFunctionsArgumentsAndValuesOfTheServer) {
  EXPECT_THAT(Complete("rsca register "), MatchesRegex("counter\tA function.*\necho\t.*"))
      << "and no files";
  EXPECT_THAT(Complete("rsca register counter in"),
              MatchesRegex("inside_register=\tboolean[^\n]*\ninterval_ms=\tinteger[^\n]*\n"));
  EXPECT_EQ(Complete("rsca register counter inside_register="),
            "inside_register=false\ninside_register=true\n");
}

TEST_F(CliCompletionInFish, OffersFilesWhereTheServerKnowsNoCandidate) {
  const std::string file = server_->dir().File("authority.pem");
  WriteFile(file, "");
  EXPECT_EQ(Complete("rsca actions --ca " + server_->dir().File("autho")), file + "\n");
  EXPECT_EQ(Complete("rsca run echo path=" + server_->dir().File("autho")), "path=" + file + "\n");
}

}  // namespace
}  // namespace rsca::support
