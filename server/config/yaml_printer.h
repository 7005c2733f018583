// A protobuf message as the YAML that yaml_reader.h reads.
#ifndef RSCA_SERVER_CONFIG_YAML_PRINTER_H_
#define RSCA_SERVER_CONFIG_YAML_PRINTER_H_

#include <google/protobuf/message.h>

#include <string>

namespace rsca::config {

// Every value but empty texts, empty lists and absent sections, in the order of the schema.
std::string PrintYaml(const google::protobuf::Message& message);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_YAML_PRINTER_H_
