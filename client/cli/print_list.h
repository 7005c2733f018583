// What the commands that list resources print.
#ifndef RSCA_CLIENT_CLI_PRINT_LIST_H_
#define RSCA_CLIENT_CLI_PRINT_LIST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cli/json_object.h"
#include "client/cli/resource_json.h"
#include "client/cli/session.h"
#include "client/cli/terminal.h"

namespace rsca::cli {

// Prints the resources as --output asks, or reports why there are none; the exit status. `name` is
// what `-o raw` prints of each.
template <typename Resource>
int PrintList(Session* session, const absl::StatusOr<std::vector<Resource>>& resources,
              std::string (*table)(const std::vector<Resource>&, const Terminal&),
              const std::string& (Resource::*name)() const) {
  if (!resources.ok()) return session->Fail(resources.status());
  const Format format = session->options().format;
  if (format == Format::kTable) return session->Finish(table(*resources, session->console().out()));
  std::string names;
  std::vector<std::string> objects;
  for (const Resource& resource : *resources) {
    absl::StrAppend(&names, (resource.*name)(), "\n");
    objects.push_back(ToJson(resource));
  }
  if (format == Format::kRaw) return session->Finish(names);
  return session->Finish(format == Format::kJson ? JsonArray(objects) : JsonLines(objects));
}

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_PRINT_LIST_H_
