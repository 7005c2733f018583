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
#include "rsca/client/channel_stream.h"
#include "rsca/client/errors.h"
#include "rsca/client/options.h"
#include "rsca/client/pool_event_stream.h"
#include "rsca/client/result_stream.h"
#include "rsca/v1/applications.pb.h"
#include "rsca/v1/custom_action.pb.h"
#include "rsca/v1/custom_actions.pb.h"
#include "rsca/v1/listener_channel.pb.h"
#include "rsca/v1/registration.pb.h"
#include "rsca/v1/worker_pool.pb.h"

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

  // Worker pools with their workers, in the order of the server's configuration; all pages.
  absl::StatusOr<std::vector<v1::WorkerPool>> ListWorkerPools(const CallOptions& options = {});

  // `pool`: its name in the configuration, here and below.
  absl::StatusOr<v1::WorkerPool> GetWorkerPool(absl::string_view pool,
                                               const CallOptions& options = {});

  // Starts a stopped pool; one that runs stays as it is. This and the calls below do not wait for
  // the workers: WatchPools tells what becomes of them. The pool as it is when the call returns.
  absl::StatusOr<v1::WorkerPool> StartPool(absl::string_view pool, const CallOptions& options = {});

  // Shuts its workers down, which ends their registrations; calls are refused until StartPool.
  // `reason`: for people, here and below; may be empty.
  absl::StatusOr<v1::WorkerPool> StopPool(absl::string_view pool, absl::string_view reason,
                                          const CallOptions& options = {});

  // Replaces all workers of a pool.
  absl::StatusOr<v1::WorkerPool> RecyclePool(absl::string_view pool, absl::string_view reason,
                                             const CallOptions& options = {});

  // Workers of a pool, or of all pools for an empty name; all pages.
  absl::StatusOr<std::vector<v1::Worker>> ListWorkers(absl::string_view pool,
                                                      const CallOptions& options = {});

  // `worker`: its own name, such as `default-1`, here and below.
  absl::StatusOr<v1::Worker> GetWorker(absl::string_view worker, const CallOptions& options = {});

  // Replaces one worker. The worker as it is when the call returns; without a name if it has ended
  // by then.
  absl::StatusOr<v1::Worker> RecycleWorker(absl::string_view worker, absl::string_view reason,
                                           const CallOptions& options = {});

  // Follows what happens to pools and workers.
  absl::StatusOr<PoolEventStream> WatchPools(const WatchOptions& options = {});

  // Starts a listener channel; returns when the protocol manager has it, or with the first sign of
  // life from the server. The listener channel goes on when the stream is left.
  absl::StatusOr<ChannelStream> StartChannel(const StartChannelOptions& options);

  // Stops a listener channel; the stream carries what it still reports, and its end.
  absl::StatusOr<ChannelStream> StopChannel(uint32_t id, const StopChannelOptions& options = {});

  // Listener channels by id, with those that stopped lately; all pages.
  absl::StatusOr<std::vector<v1::ListenerChannel>> ListChannels(const CallOptions& options = {});

  absl::StatusOr<v1::ListenerChannel> GetChannel(uint32_t id, const CallOptions& options = {});

  // Applications of a pool, or of all pools for an empty name; all pages.
  absl::StatusOr<std::vector<v1::Application>> ListApplications(absl::string_view pool,
                                                                const CallOptions& options = {});

  // Has the pool's protocol managers preload an application and waits for them. The application
  // after that: the failures that it names are no error here.
  absl::StatusOr<v1::Application> PreloadApplication(absl::string_view pool,
                                                     absl::string_view application,
                                                     const CallOptions& options = {});

 private:
  std::shared_ptr<internal::Connection> connection_;
};

}  // namespace client
}  // namespace rsca

#endif  // RSCA_CLIENT_CLIENT_H_
