#include "tests/integration/cli/cli.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rsca::support {
namespace {

std::map<std::string, std::string> EnvironmentFor(const RscadProcess& server) {
  const char* path = std::getenv("PATH");
  const std::string directory = RscaPath().substr(0, RscaPath().rfind('/'));
  return {{"RSCA_SERVER", server.address()},
          {"PATH", absl::StrCat(directory, ":", path == nullptr ? "" : path)}};
}

}  // namespace

std::string RscaPath() { return RSCA_CLI_PATH; }

std::vector<Json> CliRun::OutJsonLines() const {
  std::vector<Json> lines;
  const std::vector<std::string> texts = absl::StrSplit(out, '\n', absl::SkipEmpty());
  lines.reserve(texts.size());
  for (const std::string& text : texts) lines.push_back(Json::parse(text));
  return lines;
}

std::unique_ptr<ChildProcess> StartRsca(const RscadProcess& server, std::vector<std::string> words,
                                        ChildOptions options) {
  words.insert(words.begin(), RscaPath());
  options.environment.merge(EnvironmentFor(server));
  return std::make_unique<ChildProcess>(std::move(words), std::move(options));
}

CliRun Finish(ChildProcess* rsca) {
  const std::optional<ExitStatus> exit = rsca->Wait();
  EXPECT_TRUE(exit.has_value()) << "rsca did not end; it said\n" << rsca->Error();
  return {exit.value_or(ExitStatus{.status = -1}), rsca->Output(), rsca->Error()};
}

CliRun Rsca(const RscadProcess& server, std::vector<std::string> words, const std::string& input) {
  ChildOptions options;
  options.input = input;
  return Finish(StartRsca(server, std::move(words), std::move(options)).get());
}

CliRun RunWithRsca(const RscadProcess& server, std::vector<std::string> argv) {
  ChildOptions options;
  options.environment = EnvironmentFor(server);
  ChildProcess program(std::move(argv), options);
  return Finish(&program);
}

CliRun Bash(const RscadProcess& server, const std::string& line) {
  return RunWithRsca(server, {"bash", "-c", line});
}

std::string RegistrationOf(const ChildProcess& rsca) {
  std::string name;
  EXPECT_TRUE(Eventually([&] {
    const std::string said = rsca.Error();
    const size_t begin = said.find("registrations/");
    const size_t end = said.find(' ', begin);
    if (begin == said.npos || end == said.npos) return false;
    name = said.substr(begin, end - begin);
    return true;
  })) << "rsca did not say that it is registered, but\n"
      << rsca.Error();
  return name;
}

Json ShowRegistration(const RscadProcess& server, const std::string& name) {
  const CliRun shown = Rsca(server, {"registrations", name, "-o", "json"});
  EXPECT_EQ(shown.exit, ExitStatus{}) << shown.err;
  return shown.OutJson();
}

}  // namespace rsca::support
