// What rscad and rsca-worker agree on beside protos/rsca/worker/v1/worker_link.proto.
#ifndef RSCA_COMMON_WORKER_PROTOCOL_H_
#define RSCA_COMMON_WORKER_PROTOCOL_H_

#include <cstdint>

namespace rsca {

// Changes whenever the messages or their order change; both sides refuse another.
inline constexpr uint32_t kWorkerProtocolVersion = 4;

// What a report costs of its channel's credit beyond its response: about what the server keeps for
// it.
inline constexpr uint64_t kReportOverheadBytes = 96;

// Exit statuses of rsca-worker, beside 0 and what plug-ins exit with.
inline constexpr int kWorkerExitBadBootstrap = 70;  // no bootstrap for this version on its input
inline constexpr int kWorkerExitLostServer = 71;    // the server went away or refused the handshake
inline constexpr int kWorkerExitNotConfined = 72;   // it could not limit itself as it was told

}  // namespace rsca

#endif  // RSCA_COMMON_WORKER_PROTOCOL_H_
