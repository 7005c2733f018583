// What the journal keeps about a durable registration beside its results, and its bytes
// (rsca.journal.v1.RegistrationRecord).
#ifndef RSCA_SERVER_ACTIONS_STORED_REGISTRATION_H_
#define RSCA_SERVER_ACTIONS_STORED_REGISTRATION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/actions/types.h"

namespace rsca::actions {

struct StoredRegistration {
  std::string id;
  RegisterRequest request;  // durable, with its ttl
  std::string pool;
  std::string response_content_type;
  bool restartable = false;
  absl::Time create_time;
  State state = State::kActive;  // kActive, kUnregistering or kEnded
  bool expired = false;          // it is unregistering because of its ttl
  // Ages of the journal.
  std::optional<absl::Duration> detached_at;
  absl::Duration ended_at;
  // Of an ended one.
  absl::Time end_time;
  std::optional<Outcome> outcome;
};

std::string Encode(const StoredRegistration& registration);

// DATA_LOSS when the bytes are no record.
absl::StatusOr<StoredRegistration> DecodeStoredRegistration(const std::string& bytes);

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_STORED_REGISTRATION_H_
