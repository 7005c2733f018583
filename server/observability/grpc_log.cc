#include "server/observability/grpc_log.h"

#include <grpc/support/log.h>

#include "common/log.h"

namespace rsca::observability {
namespace {

// What gRPC calls an error is, for the server, a peer that failed a handshake or a broken file: a
// warning. What the server cannot do without gRPC reports through its API.
void Write(gpr_log_func_args* line) {
  if (line->severity == GPR_LOG_SEVERITY_ERROR) {
    LogWarning("grpc", {{"message", line->message}, {"file", line->file}, {"line", line->line}});
  } else {
    LogDebug("grpc", {{"message", line->message}, {"file", line->file}, {"line", line->line}});
  }
}

}  // namespace

GrpcLog::GrpcLog() { gpr_set_log_function(Write); }

GrpcLog::~GrpcLog() { gpr_set_log_function(nullptr); }

}  // namespace rsca::observability
