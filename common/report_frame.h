// What travels on the results socket between rsca-worker and rscad: reports one way, credits the
// other. One pair of sockets (AF_UNIX, a byte stream) for each worker, which inherits its end.
//
// A report is a header of 32 bytes and then its response, as it is; the next one follows at once.
// Numbers are in the host's byte order: both sides are of one build, on one host.
//
//   offset  bytes
//        0      8  channel
//        8      8  report time, nanoseconds since 1970
//       16      4  HRESULT: as reported; of an end that has one, what the plug-in's call returned
//       20      4  size of the response
//       24      1  ReportKind
//       25      7  zero
//
// A credit is 16 bytes: channel, and how many more bytes it may report. A report costs the size of
// its response plus kReportOverheadBytes, and may be made while any credit is left.
//
// Not gRPC: at one message a batch it cost the worker and the server together more than the
// client's stream does, and an idle stream's result crossed four threads (tests/bench/README.md).
#ifndef RSCA_COMMON_REPORT_FRAME_H_
#define RSCA_COMMON_REPORT_FRAME_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace rsca {

enum class ReportKind : uint8_t {
  kResult = 1,
  kFinal = 2,  // a result, and nothing comes for the channel afterwards
  // The channel ended without a final result:
  kUnregistered = 3,  // the plug-in's unregister call returned
  kDropped = 4,       // the plug-in released its last reference to the callback
  kResultsLost = 5    // a shared registration's reader was too slow and lost a result
};

inline bool IsEnd(ReportKind kind) { return kind != ReportKind::kResult; }

struct ReportFrame {
  uint64_t channel = 0;
  ReportKind kind = ReportKind::kResult;
  int32_t hr_status = 0;
  int64_t report_time_unix_nanos = 0;
  absl::string_view response;  // points into the bytes that it was read from
};

// Throws std::bad_alloc, having appended nothing.
void AppendReport(const ReportFrame& report, std::string* out);

enum class FrameStatus {
  kComplete,
  kIncomplete,  // more bytes have to come
  kBroken       // no report: what follows cannot be understood either
};

// Takes the report at the front of `bytes` off it.
FrameStatus ConsumeReport(uint64_t max_response_bytes, absl::string_view* bytes,
                          ReportFrame* report);

struct CreditFrame {
  uint64_t channel;
  uint64_t bytes;
};
static_assert(sizeof(CreditFrame) == 16);

void AppendCredit(const CreditFrame& credit, std::string* out);

// Takes the credit at the front off; false when more bytes have to come.
bool ConsumeCredit(absl::string_view* bytes, CreditFrame* credit);

}  // namespace rsca

#endif  // RSCA_COMMON_REPORT_FRAME_H_
