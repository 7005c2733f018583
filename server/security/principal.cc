#include "server/security/principal.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/utf.h"

namespace rsca::security {
namespace {

constexpr char kSpiffeScheme[] = "spiffe://";

// The first value of the property, or empty.
std::string Property(const grpc::AuthContext& context, const char* name) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(name);
  return values.empty() ? "" : std::string(values.front().data(), values.front().size());
}

}  // namespace

std::string PrincipalOf(const grpc::AuthContext& context, absl::string_view peer) {
  if (absl::StartsWith(peer, "unix:")) return "local";
  if (!context.IsPeerAuthenticated()) return "anonymous";
  const std::string id = Property(context, "peer_spiffe_id");
  if (!id.empty() && IsUtf8(id)) return absl::StrCat("cert:", id);
  for (const char* property : {"peer_dns", "x509_common_name"}) {
    const std::string name = Property(context, property);
    // Only a SPIFFE id may look like one.
    if (!name.empty() && IsUtf8(name) && !absl::StartsWith(name, kSpiffeScheme)) {
      return absl::StrCat("cert:", name);
    }
  }
  return "anonymous";
}

}  // namespace rsca::security
