#ifndef RSCA_CLIENT_CPP_DURATIONS_H_
#define RSCA_CLIENT_CPP_DURATIONS_H_

#include <google/protobuf/duration.pb.h>

#include "absl/time/time.h"

namespace rsca::client::internal {

inline void SetDuration(absl::Duration value, google::protobuf::Duration* field) {
  field->set_seconds(absl::IDivDuration(value, absl::Seconds(1), &value));
  field->set_nanos(static_cast<int32_t>(value / absl::Nanoseconds(1)));
}

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_DURATIONS_H_
