// One value of the configuration file to one field: text, number, truth, duration or name of an
// enum.
#ifndef RSCA_SERVER_CONFIG_SCALARS_H_
#define RSCA_SERVER_CONFIG_SCALARS_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rsca::config {

struct Scalar {
  std::string text;
  // Written in quotes or as a block: text, whatever it looks like.
  bool quoted = false;
};

// Sets the field, or says what is wrong and what is allowed.
std::optional<std::string> SetScalar(const Scalar& scalar,
                                     const google::protobuf::FieldDescriptor& field,
                                     google::protobuf::Message* message);

// What may stand there: `true or false`, `a number from 1 to 256`.
std::string Expected(const google::protobuf::FieldDescriptor& field);

// `HH:MM` as time since midnight; nothing if it is none.
std::optional<absl::Duration> ParseTimeOfDay(absl::string_view text);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_SCALARS_H_
