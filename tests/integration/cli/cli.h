// The real rsca, asked to talk to a server under test.
#ifndef RSCA_TESTS_INTEGRATION_CLI_CLI_H_
#define RSCA_TESTS_INTEGRATION_CLI_CLI_H_

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {

using Json = nlohmann::json;

// What `rsca --help` says of exit statuses.
inline constexpr ExitStatus kOk{};
inline constexpr ExitStatus kActionFailed{.status = 1};
inline constexpr ExitStatus kUsage{.status = 2};
inline constexpr ExitStatus kCallFailed{.status = 3};
inline constexpr ExitStatus kResultsLost{.status = 4};

// The rsca of this build.
std::string RscaPath();

// An rsca that has ended.
struct CliRun {
  ExitStatus exit;
  std::string out;
  std::string err;

  Json OutJson() const { return Json::parse(out); }
  std::vector<Json> OutJsonLines() const;
};

// Runs to its end. `input` is its standard input.
CliRun Rsca(const RscadProcess& server, std::vector<std::string> words,
            const std::string& input = "");

// Runs a shell or another program, for which `rsca` is the one of this build and talks to the
// server.
CliRun RunWithRsca(const RscadProcess& server, std::vector<std::string> argv);

// A line of bash.
CliRun Bash(const RscadProcess& server, const std::string& line);

// Runs on.
std::unique_ptr<ChildProcess> StartRsca(const RscadProcess& server, std::vector<std::string> words,
                                        ChildOptions options = {});

// Waits for the end of one that runs.
CliRun Finish(ChildProcess* rsca);

// Waits until `rsca` has said on standard error which registration it has, and returns its name.
std::string RegistrationOf(const ChildProcess& rsca);

// What `rsca registrations NAME` says.
Json ShowRegistration(const RscadProcess& server, const std::string& name);

}  // namespace rsca::support

#endif  // RSCA_TESTS_INTEGRATION_CLI_CLI_H_
