#include "server/worker/session.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/utf.h"
#include "server/worker/plain_text.h"

namespace rsca::worker {
namespace {

void AddViolation(const std::string& description, v1::Started* refusal) {
  refusal->add_violations()->set_description(description);
}

}  // namespace

CheckedArguments CheckArguments(const Function& function, const std::string& arguments) {
  CheckedArguments checked;
  // A function with a schema takes an object; nothing at all means an empty one.
  const std::string text = arguments.empty() && function.schema ? "{}" : arguments;
  if (function.schema != nullptr) {
    for (v1::FieldViolation& violation : function.schema->Check(text)) {
      *checked.refusal.add_violations() = std::move(violation);
    }
  }
  std::optional<std::wstring> wide = Utf8ToWide(text);
  if (!wide.has_value()) {
    AddViolation("not UTF-8", &checked.refusal);
  } else if (wide->find(L'\0') != std::wstring::npos) {
    AddViolation("contains a zero character, at which plug-ins would stop reading",
                 &checked.refusal);
  } else {
    checked.text = std::move(*wide);
  }
  if (checked.refusal.violations_size() > 0) {
    checked.refusal.set_hresult(kHrInvalidArgument);
    checked.refusal.set_message(
        absl::StrCat("the arguments of `", function.info.name(), "` are not valid"));
  }
  return checked;
}

v1::Started Accepted(uint64_t channel) { return Refused(channel, S_OK, ""); }

v1::Started Refused(uint64_t channel, HRESULT hresult, const std::string& message) {
  v1::Started started;
  started.set_channel(channel);
  started.set_hresult(hresult);
  started.set_message(message);
  return started;
}

v1::Started FromCall(uint64_t channel, const std::string& what, const CallResult& result) {
  if (SUCCEEDED(result.hresult)) return Refused(channel, result.hresult, "");
  if (!result.exception.empty()) {
    return Refused(channel, result.hresult,
                   absl::StrCat("the plug-in threw an exception in ", what, ": ",
                                PlainText(result.exception)));
  }
  return Refused(
      channel, result.hresult,
      absl::StrCat("the plug-in refused in ", what, " with ", HresultText(result.hresult)));
}

}  // namespace rsca::worker
