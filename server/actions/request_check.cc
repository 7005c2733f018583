#include "server/actions/request_check.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/utf.h"
#include "server/actions/errors.h"

namespace rsca::actions {
namespace {

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' ||
         c == '/';
}

// The text form of RFC 4122: 8-4-4-4-12 hexadecimal digits.
bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::Status CheckFunctionName(absl::string_view function, const Limits& limits) {
  if (function.empty()) return InvalidField("function", "is required, such as `host.info`");
  if (function.size() > limits.function_name_bytes) {
    return FieldTooLarge("function", "function_name_bytes", function.size(),
                         limits.function_name_bytes);
  }
  if (!std::all_of(function.begin(), function.end(), IsNameCharacter)) {
    return InvalidField("function", "has characters other than [A-Za-z0-9_.-/]");
  }
  return absl::OkStatus();
}

absl::Status CheckArguments(absl::string_view arguments, const Limits& limits) {
  if (arguments.size() > limits.arguments_bytes) {
    return FieldTooLarge("arguments", "arguments_bytes", arguments.size(), limits.arguments_bytes);
  }
  if (!IsUtf8({arguments.data(), arguments.size()})) {
    return InvalidField("arguments", "is not valid UTF-8");
  }
  if (arguments.find('\0') != absl::string_view::npos) {
    return InvalidField("arguments", "holds U+0000, which plug-ins cannot be given");
  }
  return absl::OkStatus();
}

absl::Status CheckRegisterRequest(const RegisterRequest& request, const Limits& limits) {
  if (absl::Status status = CheckFunctionName(request.function, limits); !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckArguments(request.arguments, limits); !status.ok()) {
    return status;
  }
  if (!request.request_id.empty() && !IsUuid(request.request_id)) {
    return InvalidField("request_id", "is not a UUID such as 123e4567-e89b-42d3-a456-426614174000");
  }
  if (request.detach_grace.has_value()) {
    const absl::Duration grace = *request.detach_grace;
    if (grace < absl::ZeroDuration() || grace > limits.max_detach_grace) {
      return InvalidField("detach_grace",
                          absl::StrCat("is ", absl::FormatDuration(grace),
                                       "; delivery.max_detach_grace allows 0 to ",
                                       absl::FormatDuration(limits.max_detach_grace)));
    }
  }
  if (request.durable && request.detach_grace.has_value()) {
    return InvalidField("detach_grace",
                        "goes with attached registrations; a durable one has `ttl`");
  }
  if (!request.ttl.has_value()) return absl::OkStatus();
  if (!request.durable) return InvalidField("ttl", "goes with `durable` only");
  if (*request.ttl < absl::ZeroDuration() || *request.ttl > limits.max_ttl) {
    return InvalidField("ttl", absl::StrCat("is ", absl::FormatDuration(*request.ttl),
                                            "; journal.max_ttl allows 0 to ",
                                            absl::FormatDuration(limits.max_ttl)));
  }
  return absl::OkStatus();
}

}  // namespace rsca::actions
