// How registrations end, in words: the outcome and the HRESULT of the final result.
#ifndef RSCA_SERVER_ACTIONS_ENDINGS_H_
#define RSCA_SERVER_ACTIONS_ENDINGS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "server/actions/types.h"
#include "server/workers/action_listener.h"

namespace rsca::actions {

struct Ending {
  Outcome outcome;
  int32_t hr_status = 0;
};

// By a final report that nobody asked for.
Ending EndingBy(const workers::Report& report);

// By what became of the conversation; for kUnregistered see the registration.
Ending EndingBy(const workers::End& end);

// After a restart that did not succeed; `cause` is what it was made for.
Ending EndingByFailedRestart(const workers::End& cause, absl::string_view why);

// The reason of the interruption.
std::string RestartReason(const workers::End& cause);

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_ENDINGS_H_
