#include "client/cli/command_event.h"

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"

namespace rsca::cli {
namespace {

// A member that is a text; empty if there is none.
std::string Text(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::optional<CommandEvent> ParseCommandEvent(const std::string& function,
                                              const std::string& response) {
  if (function != "process.exec") return std::nullopt;
  const auto object = nlohmann::json::parse(response, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  const std::string event = Text(object, "event");
  if (event == "started" || event == "exited") return CommandEvent{true, response + "\n"};
  const std::string stream = Text(object, "stream");
  if (event != "output" || (stream != "stdout" && stream != "stderr")) return std::nullopt;
  CommandEvent output{stream == "stderr", Text(object, "data")};
  const std::string encoded = Text(object, "data_base64");
  if (!encoded.empty() && !absl::Base64Unescape(encoded, &output.bytes)) return std::nullopt;
  return output;
}

}  // namespace rsca::cli
