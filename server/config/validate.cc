#include "server/config/validate.h"

#include <unistd.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/config/files.h"
#include "server/config/schema.h"

namespace rsca::config {
namespace {

// Leaves room for the sockets' own names within the 107 bytes of a socket's path.
constexpr size_t kMaxRuntimeDirBytes = 80;

void ValidatePaths(const v1::ServerConfig& config, Problems* problems) {
  if (config.runtime_dir().size() > kMaxRuntimeDirBytes) {
    problems->Add("runtime_dir", absl::StrCat("has ", config.runtime_dir().size(),
                                              " bytes; sockets in it allow ", kMaxRuntimeDirBytes));
  }
  const std::optional<std::string> why = WhyUnusable(config.worker_program(), R_OK | X_OK);
  if (why.has_value()) {
    problems->Add("worker_program", absl::StrCat("the rsca-worker program cannot run: ", *why));
  }
}

void ValidateOrder(const google::protobuf::Duration& less, const google::protobuf::Duration& more,
                   const std::string& less_path, const std::string& more_path, Problems* problems) {
  if (GetDuration(less) <= GetDuration(more)) return;
  problems->Add(problems->HasPlace(less_path) ? less_path : more_path,
                absl::StrCat(less_path, " (", absl::FormatDuration(GetDuration(less)),
                             ") must not be longer than ", more_path, " (",
                             absl::FormatDuration(GetDuration(more)), ")"));
}

void ValidateSizes(const v1::ServerConfig& config, Problems* problems) {
  const v1::Limits& limits = config.limits();
  if (limits.window_bytes() < limits.window_bytes_per_registration()) {
    problems->Add("limits.window_bytes",
                  absl::StrCat("is ", limits.window_bytes(),
                               "; it must hold limits.window_bytes_per_registration (",
                               limits.window_bytes_per_registration(), ") at least once"));
  }
  if (config.delivery().credit_bytes() > limits.window_bytes_per_registration()) {
    problems->Add("delivery.credit_bytes",
                  absl::StrCat("is ", config.delivery().credit_bytes(),
                               "; it must fit into limits.window_bytes_per_registration (",
                               limits.window_bytes_per_registration(), ")"));
  }
}

}  // namespace

void Validate(const v1::ServerConfig& config, Problems* problems) {
  ValidateListeners(config, problems);
  ValidatePools(config, problems);
  ValidatePaths(config, problems);
  ValidateSizes(config, problems);
  const v1::Delivery& delivery = config.delivery();
  ValidateOrder(delivery.detach_grace(), delivery.max_detach_grace(), "delivery.detach_grace",
                "delivery.max_detach_grace", problems);
  ValidateOrder(delivery.stall_timeout(), delivery.report_wait(), "delivery.stall_timeout",
                "delivery.report_wait", problems);
  ValidateOrder(config.journal().ttl(), config.journal().max_ttl(), "journal.ttl",
                "journal.max_ttl", problems);
  for (int i = 0; i < config.pools_size(); ++i) {
    const std::string path = absl::StrCat("pools[", i, "]");
    ValidateOrder(config.pools(i).restart_backoff_min(), config.pools(i).restart_backoff_max(),
                  path + ".restart_backoff_min", path + ".restart_backoff_max", problems);
  }
}

}  // namespace rsca::config
