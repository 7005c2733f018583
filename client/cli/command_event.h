// What process.exec reports:
//
//   {"event": "started", "pid": 5}
//   {"event": "output", "stream": "stdout", "data": "text"}     or "data_base64"
//   {"event": "exited", "exit_status": 0, ...}
//
// For people it is shown as the command itself would have shown it.
#ifndef RSCA_CLIENT_CLI_COMMAND_EVENT_H_
#define RSCA_CLIENT_CLI_COMMAND_EVENT_H_

#include <optional>
#include <string>

namespace rsca::cli {

struct CommandEvent {
  bool to_stderr = false;
  std::string bytes;
};

// What to print where: output goes where the command sent it, other events in one line to standard
// error. Nothing for responses of other functions or of another shape.
std::optional<CommandEvent> ParseCommandEvent(const std::string& function,
                                              const std::string& response);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_COMMAND_EVENT_H_
