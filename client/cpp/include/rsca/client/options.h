// How to connect, and how calls and streams behave. Plain values; every default is ready for use.
#ifndef RSCA_CLIENT_OPTIONS_H_
#define RSCA_CLIENT_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rsca/client/cancellation.h"

namespace rsca {
namespace client {

// TLS, by PEM files. They are read once, in `Client::Connect`.
struct TlsOptions {
  // The authorities that may have signed the server's certificate; empty: the system's.
  std::string ca_file = {};

  // The client's own certificate and key, for mutual TLS: both or none.
  std::string certificate_file = {};
  std::string private_key_file = {};

  // The name that the server's certificate must carry; empty: the host in the address.
  std::string server_name = {};
};

struct ConnectOptions {
  // gRPC's name of the server: `unix:/run/rsca/rscad.sock`, `host:port`. Empty: the environment's
  // RSCA_SERVER if that is set, else the local server's socket.
  std::string address = {};

  // Absent: plain text, for unix sockets and loopback.
  std::optional<TlsOptions> tls = std::nullopt;

  // Above zero, `Connect` waits for so long until the connection stands, and fails with
  // UNAVAILABLE if it does not. Zero: it connects with the first call.
  absl::Duration ready_timeout = absl::ZeroDuration();
};

// One call with one answer.
struct CallOptions {
  // DEADLINE_EXCEEDED when no answer came for so long.
  absl::Duration timeout = absl::InfiniteDuration();
  Cancellation cancellation = {};
};

// How long, and how eagerly, a stream tries to reach the server.
struct RetryPolicy {
  // Opening a stream is tried again for so long while the server cannot be reached; zero: one
  // try. A server that answers with a refusal is not asked again.
  absl::Duration open_limit = absl::Seconds(5);

  // A stream that lost its connection joins again for so long; zero: never. Counted from the
  // loss; results or heartbeats that come through end the count.
  absl::Duration rejoin_limit = absl::Minutes(2);

  // The pause before a try doubles from the first to the second, less up to half at random.
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(2);
};

// One stream of results.
struct StreamOptions {
  // Results after this sequence; 0 for all from the first on. Absent: what the server still has
  // when registering or attaching, what is still to come when unregistering.
  std::optional<uint64_t> after_sequence = std::nullopt;

  // Most results that the server packs into one message when several wait, 1 to 1000. A lone
  // result never waits for others. The client holds two messages at most.
  uint32_t max_results_per_message = 64;

  // The server sends a sign of life when nothing else was sent for so long; at least 1 s. A
  // stream without any for three intervals counts as lost.
  absl::Duration heartbeat_interval = absl::Seconds(15);

  RetryPolicy retry = {};

  // Told when a stream that had begun lost its connection and tries to join again (why it was
  // lost), and when it has joined again (OK); the two alternate, and the end of the stream is not
  // told. Runs in `Next`, so it should be quick and must not use the stream.
  std::function<void(const absl::Status& connection)> on_connection_change = {};

  // Told, of a durable registration, when the server's journal cannot take its results (why: what
  // the plug-in reports meanwhile is refused, to the plug-in), and when it can again (empty). Runs
  // like `on_connection_change`.
  std::function<void(const std::string& error)> on_journal_change = {};

  // Ends opening, waiting and joining again. `ResultStream::Cancel` ends one stream only.
  Cancellation cancellation = {};
};

// `Client::Register`. The fields are those of `rsca.v1.RegisterCustomActionRequest`.
struct RegisterOptions : StreamOptions {
  // A UUID that makes registering idempotent: the same id joins what it made. Empty: one is made
  // for this call, so that the call can be repeated after a lost connection.
  std::string request_id = {};

  // How long the registration lives on without a stream. Absent: the server's default.
  std::optional<absl::Duration> detach_grace = std::nullopt;

  // It outlives client, worker and server.
  bool durable = false;

  // With `durable`: how long it lives without a stream.
  std::optional<absl::Duration> ttl = std::nullopt;
};

// `Client::WatchPools`.
struct WatchOptions {
  // Events of this pool only; empty: of all pools.
  std::string pool = {};

  // Events after this sequence; 0 for all since the server's start. Absent: those from now on.
  std::optional<uint64_t> after_sequence = std::nullopt;

  // With `after_sequence`: the run of the server that it is of (`PoolEventStream::server_start`).
  // Empty: not checked.
  std::string server_start = {};

  // As in StreamOptions.
  absl::Duration heartbeat_interval = absl::Seconds(15);
  RetryPolicy retry = {};
  std::function<void(const absl::Status& connection)> on_connection_change = {};
  Cancellation cancellation = {};
};

// `Client::StartChannel`. The fields are those of `rsca.v1.StartListenerChannelRequest`.
struct StartChannelOptions {
  // The worker pool, by its name.
  std::string pool = {};

  // The protocol's id, such as `syslog.udp`.
  std::string protocol = {};

  // For the protocol manager, in the form that it documents.
  std::string blob = {};

  // The protocol manager to ask; empty: the first one that knows the protocol.
  std::string protocol_manager = {};

  // As in StreamOptions.
  absl::Duration heartbeat_interval = absl::Seconds(15);
  Cancellation cancellation = {};
};

// `Client::StopChannel`.
struct StopChannelOptions {
  // The protocol manager should not wait for what is under way.
  bool immediate = false;

  // As in StreamOptions.
  absl::Duration heartbeat_interval = absl::Seconds(15);
  Cancellation cancellation = {};
};

}  // namespace client
}  // namespace rsca

#endif  // RSCA_CLIENT_OPTIONS_H_
