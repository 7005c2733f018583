// How the fields of protos/rsca/config/v1/server_config.proto are written in YAML: what reading and
// printing share.
#ifndef RSCA_SERVER_CONFIG_SCHEMA_H_
#define RSCA_SERVER_CONFIG_SCHEMA_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rsca/config/v1/options.pb.h"

namespace rsca::config {

// `debug` for LEVEL_DEBUG.
std::string EnumText(const google::protobuf::EnumValueDescriptor& value);

// The values that a file may name: all but the one for "unspecified".
std::vector<const google::protobuf::EnumValueDescriptor*> EnumValues(
    const google::protobuf::EnumDescriptor& type);

// Whether the field is a google.protobuf.Duration.
bool IsDuration(const google::protobuf::FieldDescriptor& field);

// A google.protobuf.Duration and back. Of the fields that the file sets the values are whole
// milliseconds below 2^53 s.
absl::Duration GetDuration(const google::protobuf::Message& duration);
void SetDuration(absl::Duration value, google::protobuf::Message* duration);

// The field's bounds, or nothing. In milliseconds for durations, in entries for lists.
const v1::Range* FindRange(const google::protobuf::FieldDescriptor& field);

// The candidate that `word` is most likely a misspelling of, or empty.
std::string Resembling(absl::string_view word, const std::vector<std::string>& candidates);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_SCHEMA_H_
