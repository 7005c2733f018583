#include "client/cpp/connection_error.h"

#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/status.h"

namespace rsca::client::internal {
namespace {

struct Meaning {
  const char* words;  // of gRPC, or of the TLS library behind it
  const char* reason;
  const char* meaning;
};

constexpr Meaning kOfTls[] = {
    {"certificate verify failed", "SERVER_NOT_TRUSTED",
     "no authority that is trusted here has signed the server's certificate, or it has expired"},
    {"is not in peer certificate", "SERVER_NAME_MISMATCH",
     "the server's certificate is for another name"},
    {"wrong version number", "SERVER_WITHOUT_TLS", "the server answers in plain text, without TLS"},
};

// A server with TLS closes plain connections without a word, and with TLS 1.3 so it does with
// clients whose certificate it misses.
constexpr char kClosed[] = "the server closed the connection at once";
constexpr const char* kClosingWords[] = {"Socket closed", "Connection reset", "Broken pipe"};

std::optional<Meaning> FindMeaning(absl::string_view detail, bool with_tls) {
  for (const Meaning& known : kOfTls) {
    if (with_tls && absl::StrContains(detail, known.words)) return known;
  }
  for (const char* words : kClosingWords) {
    if (absl::StrContains(detail, words)) return Meaning{words, kConnectionClosed, kClosed};
  }
  return std::nullopt;
}

}  // namespace

absl::Status ExplainConnectionError(const absl::Status& status, const std::string& address,
                                    bool with_tls) {
  if (!absl::IsUnavailable(status) || !ErrorReason(status).empty()) return status;
  absl::string_view detail = status.message();
  if (absl::StartsWith(detail, "DNS resolution failed")) {
    const std::vector<absl::string_view> parts = absl::StrSplit(detail, ": ");
    return MakeError(status.code(), kHostNotFound,
                     absl::StrCat("cannot find the host of ", address, ": ", parts.back()));
  }
  if (!absl::ConsumePrefix(&detail, "failed to connect to all addresses; last error: ")) {
    return status;
  }
  // A code that says no more than ours.
  if (!absl::ConsumePrefix(&detail, "UNKNOWN: ")) absl::ConsumePrefix(&detail, "UNAVAILABLE: ");
  absl::ConsumePrefix(&detail, absl::StrCat(address, ": "));
  const std::string failure = absl::StrCat("cannot connect to ", address);
  const std::optional<Meaning> known = FindMeaning(detail, with_tls);
  if (!known.has_value()) return absl::UnavailableError(absl::StrCat(failure, ": ", detail));
  return MakeError(
      status.code(), known->reason,
      absl::StrCat(failure, with_tls ? " with TLS: " : ": ", known->meaning, " (", detail, ")"));
}

}  // namespace rsca::client::internal
