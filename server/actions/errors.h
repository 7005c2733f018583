// The errors of custom actions, by what happened. The public proto lists their reasons.
#ifndef RSCA_SERVER_ACTIONS_ERRORS_H_
#define RSCA_SERVER_ACTIONS_ERRORS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/workers/action_listener.h"

namespace rsca::actions {

absl::Status InvalidField(absl::string_view field, absl::string_view description);
// A field that is larger than a limit allows; `limit` is its name in the configuration.
absl::Status FieldTooLarge(absl::string_view field, absl::string_view limit, uint64_t is,
                           uint64_t allowed);
// `gaps`: as WorkerPools::gaps; the function may be one of those that are missing.
absl::Status ActionNotFound(absl::string_view function, const std::vector<std::string>& gaps);
absl::Status ActionAnswersOnce(absl::string_view function);
absl::Status ActionAnswersMany(absl::string_view function);
absl::Status RegistrationNotFound(absl::string_view name);
absl::Status NoRegistrationOfFunction(absl::string_view function);
absl::Status RequestIdInUse(absl::string_view request_id, absl::string_view name);
absl::Status LimitExceeded(absl::string_view limit, uint64_t allowed, absl::string_view what);
absl::Status ServerIsDraining();
// `why`: what the journal says.
absl::Status JournalUnavailable(const absl::Status& why);
absl::Status PluginTimeout(absl::string_view function, absl::string_view call,
                           absl::Duration limit);
absl::Status NoResponse(absl::string_view function);
absl::Status WorkerCrashed(const workers::WorkerExit& exit);
absl::Status FromRefusal(absl::string_view function, const workers::Refusal& refusal);

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_ERRORS_H_
