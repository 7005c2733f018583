// Why a pool takes no call.
#ifndef RSCA_SERVER_WORKERS_POOL_ERRORS_H_
#define RSCA_SERVER_WORKERS_POOL_ERRORS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/workers/pool_info.h"
#include "server/workers/pool_options.h"

namespace rsca::workers {

// A gRPC status travels in headers, of which peers accept 8 KiB: what plug-ins say is cut to fit.
inline constexpr size_t kMessageBytes = 1500;
// Cuts at a code point's border.
std::string Clip(absl::string_view text, size_t bytes);

absl::Status PoolStopped(const std::string& pool, const std::string& reason,
                         absl::StatusCode code = absl::StatusCode::kUnavailable);
absl::Status WorkerUnavailable(const std::string& pool, const std::string& why,
                               absl::Duration retry);
// One whose protocol manager could not be loaded.
absl::Status ActionUnavailable(const Function& function);
absl::Status ActionQuarantined(const std::string& pool, const QuarantinedFunction& function,
                               absl::Duration retry);
absl::Status WorkerNotFound(const std::string& worker);
absl::Status PoolNotFound(const std::string& pool);
absl::Status ListenerNotFound(uint32_t id);
absl::Status ApplicationNotFound(const std::string& pool, const std::string& application);
absl::Status TooManyPreloads(const std::string& pool, size_t allowed);

// A waiting call that its caller has taken back.
absl::Status CallTakenBack();

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_POOL_ERRORS_H_
