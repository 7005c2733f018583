#include "common/report_frame.h"

#include <cstring>

namespace rsca {
namespace {

struct Header {
  uint64_t channel;
  int64_t report_time_unix_nanos;
  int32_t hr_status;
  uint32_t size;
  ReportKind kind;
  uint8_t zero[7];
};
static_assert(sizeof(Header) == 32);

bool IsKind(ReportKind kind) {
  return kind >= ReportKind::kResult && kind <= ReportKind::kResultsLost;
}

}  // namespace

void AppendReport(const ReportFrame& report, std::string* out) {
  const Header header = {report.channel,   report.report_time_unix_nanos,
                         report.hr_status, static_cast<uint32_t>(report.response.size()),
                         report.kind,      {}};
  // All of the room at once: it is the only thing that can fail.
  out->reserve(out->size() + sizeof(header) + report.response.size());
  out->append(reinterpret_cast<const char*>(&header), sizeof(header));
  out->append(report.response.data(), report.response.size());
}

FrameStatus ConsumeReport(uint64_t max_response_bytes, absl::string_view* bytes,
                          ReportFrame* report) {
  Header header;
  if (bytes->size() < sizeof(header)) return FrameStatus::kIncomplete;
  std::memcpy(&header, bytes->data(), sizeof(header));
  if (!IsKind(header.kind) || header.size > max_response_bytes) return FrameStatus::kBroken;
  if (bytes->size() - sizeof(header) < header.size) return FrameStatus::kIncomplete;
  *report = {header.channel, header.kind, header.hr_status, header.report_time_unix_nanos,
             bytes->substr(sizeof(header), header.size)};
  bytes->remove_prefix(sizeof(header) + header.size);
  return FrameStatus::kComplete;
}

void AppendCredit(const CreditFrame& credit, std::string* out) {
  out->append(reinterpret_cast<const char*>(&credit), sizeof(credit));
}

bool ConsumeCredit(absl::string_view* bytes, CreditFrame* credit) {
  if (bytes->size() < sizeof(*credit)) return false;
  std::memcpy(credit, bytes->data(), sizeof(*credit));
  bytes->remove_prefix(sizeof(*credit));
  return true;
}

}  // namespace rsca
