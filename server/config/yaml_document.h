// The YAML that a configuration file may use: one document of plain maps, lists and values.
#ifndef RSCA_SERVER_CONFIG_YAML_DOCUMENT_H_
#define RSCA_SERVER_CONFIG_YAML_DOCUMENT_H_

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

#include "server/config/problems.h"

namespace rsca::config {

// The root, or nothing when `problems` got why not: malformed text, control characters, tabs as
// indentation, anchors, aliases, tags, several documents.
std::optional<YAML::Node> ParseDocument(const std::string& text, Problems* problems);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_YAML_DOCUMENT_H_
