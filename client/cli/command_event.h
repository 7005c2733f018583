// Results of actions that run a command, as process.exec reports them:
//
//   {"event": "output", "stream": "stdout", "data": "text"}     or "data_base64"
//   {"event": "exited", ...}
//
// For people they are shown as the command itself would have shown them.
#ifndef RSCA_CLIENT_CLI_COMMAND_EVENT_H_
#define RSCA_CLIENT_CLI_COMMAND_EVENT_H_

#include <optional>
#include <string>

namespace rsca::cli {

struct CommandEvent {
  bool to_stderr = false;
  std::string bytes;
};

// What to print where: output goes where the command sent it, the rest in one line to standard
// error. Nothing for a response of any other shape.
std::optional<CommandEvent> ParseCommandEvent(const std::string& response,
                                              const std::string& content_type);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_COMMAND_EVENT_H_
