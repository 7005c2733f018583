// The words of this folder: limits, results, outcomes, and what a registration looks like from
// outside.
#ifndef RSCA_SERVER_ACTIONS_TYPES_H_
#define RSCA_SERVER_ACTIONS_TYPES_H_

#include <grpcpp/support/slice.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/workers/action_listener.h"
#include "server/workers/pool_options.h"

namespace rsca::actions {

// What can be called is what the workers offer.
using Answers = workers::Answers;
using Function = workers::Function;

// From the configuration; the comments there say what each means.
struct Limits {
  uint32_t function_name_bytes = 0;
  uint32_t arguments_bytes = 0;
  uint32_t registrations_per_principal = 0;
  uint32_t registrations = 0;
  uint32_t streams_per_registration = 0;
  uint64_t window_bytes_per_registration = 0;
  uint64_t window_bytes = 0;
  uint64_t credit_bytes = 0;
  absl::Duration detach_grace;
  absl::Duration max_detach_grace;
  absl::Duration ended_retention;
  absl::Duration register_timeout;
  absl::Duration unregister_timeout;
  absl::Duration run_timeout;
  absl::Duration ttl;
  absl::Duration max_ttl;
  absl::Duration durable_ended_retention;
};

enum class State {
  kRegistering,
  kActive,
  kMoving,      // its worker is replaced; the plug-in there unregisters
  kRestarting,  // it begins again on another worker
  kUnregistering,
  kEnded
};

// `REGISTERING`.
absl::string_view StateName(State state);

struct Outcome {
  enum class Kind {
    kCompleted,
    kFailed,
    kUnregistered,
    kTimedOut,
    kCancelled,
    kWorkerCrashed,
    kWorkerRecycled,
    kAbandoned,
    kAccessRevoked,
    kResultsLost
  };
  Kind kind = Kind::kCompleted;
  std::string message;
  std::optional<workers::WorkerExit> worker_exit;
};

// `WORKER_CRASHED`.
absl::string_view OutcomeName(Outcome::Kind kind);

// A result that has its place.
struct NumberedResult {
  uint64_t sequence = 0;
  int32_t hr_status = 0;
  absl::string_view response;
  absl::Time report_time;
  const Outcome* outcome = nullptr;  // set on the final one
};

// A restartable action began again; has its place like a result.
struct NumberedInterruption {
  uint64_t sequence = 0;
  absl::string_view reason;
  absl::Time time;
};

// Makes the bytes that are stored and sent.
class ResultEncoder {
 public:
  virtual ~ResultEncoder() = default;
  virtual grpc::Slice EncodeResult(const NumberedResult& result) const = 0;
  // The same of some that are not final, one behind the other in one slice. `ends` gets where each
  // ends.
  virtual grpc::Slice EncodeResults(absl::Span<const NumberedResult> results,
                                    std::vector<size_t>* ends) const = 0;
  virtual grpc::Slice EncodeInterruption(const NumberedInterruption& interruption) const = 0;
};

// What a client asks for.
struct RegisterRequest {
  std::string function;
  std::string arguments;
  std::string owner;
  std::string request_id;
  std::optional<absl::Duration> detach_grace;
  bool durable = false;
  std::optional<absl::Duration> ttl;  // of a durable one
};

// A registration at one moment.
struct RegistrationInfo {
  std::string id;
  RegisterRequest request;
  absl::Duration detach_grace;  // or ttl, of a durable one
  State state = State::kRegistering;
  uint64_t first_sequence = 1;
  uint64_t last_sequence = 0;
  int64_t result_count = 0;
  int64_t result_bytes = 0;
  int stream_count = 0;
  uint64_t window_bytes = 0;
  std::string pool;
  std::string response_content_type;
  absl::Time create_time;
  absl::Time end_time;
  std::optional<Outcome> outcome;
};

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_TYPES_H_
