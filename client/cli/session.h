// What every command needs: the options, the console, the connection, and one way to report errors.
#ifndef RSCA_CLIENT_CLI_SESSION_H_
#define RSCA_CLIENT_CLI_SESSION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/console.h"
#include "client/cli/options.h"
#include "rsca/client/client.h"

namespace rsca::cli {

class Session {
 public:
  Session(const Options* options, Console* console) : options_(*options), console_(*console) {}

  const Options& options() const { return options_; }
  Console& console() { return console_; }

  // Connects by the options. The exit status when that fails, which has been reported.
  std::optional<int> Connect();
  absl::Status ConnectQuietly();
  client::Client& client() { return *client_; }

  // For calls with one answer: --timeout, else 30 s.
  client::CallOptions CallOptions() const;

  // The function's entry in the catalogue. An unknown one is reported with the names that are near.
  absl::StatusOr<v1::CustomAction> FindAction(const std::string& function);

  // The arguments that the words mean by the function's schema; else the exit status, after the
  // report.
  std::optional<int> FindArguments(std::string* arguments);

  // Reports a failed call and returns the exit status: kExitCallFailed or kExitResultsLost.
  int Fail(const absl::Status& status);

  // The same for a call about something by name: where the error has this reason, it is told with
  // the one of the `known` names that is near.
  int FailFor(const absl::Status& status, std::string_view reason, const std::string& name,
              const std::vector<std::string>& known);

  // What a list command found in the format of --output: `table` as it is, `objects` as JSON, or
  // `names` alone.
  std::string RenderList(const std::string& table, const std::vector<std::string>& objects,
                         const std::vector<std::string>& names) const;

  // Writes the last output of a command; the exit status, which is `status` if all was written.
  int Finish(std::string_view output, int status = 0);

  // `status`, or what a failed write makes of it.
  int Finish(int status);

 private:
  const Options& options_;
  Console& console_;
  std::optional<client::Client> client_;
};

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_SESSION_H_
