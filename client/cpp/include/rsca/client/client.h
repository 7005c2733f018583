// rsca for C++ programs: call custom actions on a server and receive what they report.
//
//   absl::StatusOr<rsca::client::Client> client = rsca::client::Client::Connect();
//   absl::StatusOr<rsca::client::ResultStream> stream =
//       client->Register("file.tail", R"({"path": "/var/log/syslog"})");
//   for (rsca::client::Event& event : *stream) …
//
// Errors: every call returns the server's error with its details (errors.h), UNAVAILABLE when the
// server cannot be reached, DEADLINE_EXCEEDED, or CANCELLED by a Cancellation.
#ifndef RSCA_CLIENT_CLIENT_H_
#define RSCA_CLIENT_CLIENT_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rsca/client/cancellation.h"
#include "rsca/client/errors.h"
#include "rsca/client/options.h"
#include "rsca/client/result_stream.h"
#include "rsca/v1/custom_action.pb.h"
#include "rsca/v1/custom_actions.pb.h"
#include "rsca/v1/registration.pb.h"

namespace rsca {
namespace client {

namespace internal {
class Connection;
}  // namespace internal

// One connection to one server, made when needed and made again when lost.
//
// Thread-safe; calls and streams of any number of threads share the connection. A value: copies
// are the same connection, which closes with the last copy and the last stream.
class Client {
 public:
  // Errors: NOT_FOUND for a file of `TlsOptions` that cannot be read, INVALID_ARGUMENT for one that
  // does not hold what it should, UNAVAILABLE with `ready_timeout`.
  static absl::StatusOr<Client> Connect(const ConnectOptions& options = {});

  // Made by Connect.
  explicit Client(std::shared_ptr<internal::Connection> connection);

  // Where it connects to.
  const std::string& address() const;

  // Asks `grpc.health.v1.Health`: OK if the server serves, UNAVAILABLE (NOT_SERVING) if it says
  // that it does not. `service`: empty for the whole server.
  absl::Status CheckHealth(const CallOptions& options = {}, absl::string_view service = "");

  // What can be called here, by function name; all pages.
  absl::StatusOr<std::vector<v1::CustomAction>> ListCustomActions(const CallOptions& options = {});

  absl::StatusOr<v1::CustomAction> GetCustomAction(absl::string_view function,
                                                   const CallOptions& options = {});

  // Runs an action that answers once. A response with a failing `hr_status` is not an error here:
  // the action ran, and says that it failed. Without a timeout the server's `run_timeout` ends the
  // call. Never repeated: after UNAVAILABLE the action may have run.
  absl::StatusOr<v1::RunCustomActionResponse> Run(absl::string_view function,
                                                  absl::string_view arguments,
                                                  const CallOptions& options = {});

  // Registrations, oldest first, with those that ended lately; all pages.
  absl::StatusOr<std::vector<v1::Registration>> ListRegistrations(const CallOptions& options = {});

  // `name`: `registrations/{id}`, here and below.
  absl::StatusOr<v1::Registration> GetRegistration(absl::string_view name,
                                                   const CallOptions& options = {});

  // Begins an action that answers many times; returns when the plug-in has accepted it.
  absl::StatusOr<ResultStream> Register(absl::string_view function, absl::string_view arguments,
                                        const RegisterOptions& options = {});

  // Joins a registration that goes on, from any client.
  absl::StatusOr<ResultStream> Attach(absl::string_view name, const StreamOptions& options = {});

  // Ends a registration; the stream carries what it still reports and the final result.
  absl::StatusOr<ResultStream> Unregister(absl::string_view name,
                                          const StreamOptions& options = {});

  // Ends all the caller's registrations of a function; the stream carries one after the other (see
  // `ResultStream::registration`). Such a stream does not join again: a lost connection ends it
  // with UNAVAILABLE. `after_sequence` is ignored.
  absl::StatusOr<ResultStream> UnregisterFunction(absl::string_view function,
                                                  const StreamOptions& options = {});

 private:
  std::shared_ptr<internal::Connection> connection_;
};

}  // namespace client
}  // namespace rsca

#endif  // RSCA_CLIENT_CLIENT_H_
