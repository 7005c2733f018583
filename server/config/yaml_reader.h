// YAML text to a protobuf message, strictly: keys are field names, and every unknown or repeated
// key, wrong type, value out of range and missing field is a problem.
#ifndef RSCA_SERVER_CONFIG_YAML_READER_H_
#define RSCA_SERVER_CONFIG_YAML_READER_H_

#include <google/protobuf/message.h>

#include <string>

#include "server/config/problems.h"

namespace rsca::config {

// Sets the fields that the text names, and the place of each of them in `problems`. An empty text
// is an empty message.
void ReadYaml(const std::string& text, google::protobuf::Message* message, Problems* problems);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_YAML_READER_H_
