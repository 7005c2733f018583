// What process.exec is asked to run.
#ifndef RSCA_SERVER_MANAGERS_PROCESS_COMMAND_H_
#define RSCA_SERVER_MANAGERS_PROCESS_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/managers/base/manager.h"

namespace rsca::managers {

struct Command {
  std::vector<std::string> argv;         // at least one
  std::string cwd;                       // empty: the worker's
  std::vector<std::string> environment;  // NAME=value, complete
  std::optional<std::string> input;      // absent: nothing to read
  absl::Duration timeout = absl::InfiniteDuration();
  uint64_t output_limit = 0;  // bytes of both streams together
};

// JSON Schema of the arguments.
extern const wchar_t kCommandSchema[];

// Nothing for what the schema cannot tell, such as a zero byte in a word.
std::optional<Command> CommandFromArguments(const nlohmann::json& arguments, Failure* failure);

// The files that argv[0] may stand for, in the order in which to try them: itself when it has a
// slash, else one for each directory of the command's PATH.
std::vector<std::string> ProgramCandidates(const Command& command);

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_PROCESS_COMMAND_H_
