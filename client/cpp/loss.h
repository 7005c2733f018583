// The error that says which results are gone: DATA_LOSS with the range in its metadata.
#ifndef RSCA_CLIENT_CPP_LOSS_H_
#define RSCA_CLIENT_CPP_LOSS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rsca/client/errors.h"

namespace rsca::client::internal {

// `reason` for machines, `cause` for people.
absl::Status LossError(absl::string_view reason, absl::string_view cause, const LostResults& lost);

// What the server's refusal to let a stream join again after `last` means: an error about loss, or
// `refusal` itself when it is about something else.
absl::Status ExplainRefusedRejoin(const absl::Status& refusal, uint64_t last);

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_LOSS_H_
