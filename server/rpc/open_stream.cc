#include "server/rpc/open_stream.h"

#include <utility>
#include <vector>

namespace rsca::rpc {

absl::StatusOr<delivery::Segment> MakeSegment(
    const ServiceContext& context, const std::shared_ptr<actions::Registration>& registration,
    std::optional<uint64_t> after, const std::shared_ptr<delivery::Stream>& stream) {
  absl::StatusOr<actions::Attachment> attachment = registration->Attach(after, stream);
  if (!attachment.ok()) return attachment.status();
  delivery::Segment segment;
  segment.opening = context.encoder->EncodeRegistered(registration->Info());
  segment.reader = std::move(attachment->reader);
  segment.lease = std::move(attachment->lease);
  return segment;
}

void OpenStream(const ServiceContext& context, const std::shared_ptr<StreamCall>& call,
                const delivery::StreamOptions& options,
                const std::shared_ptr<actions::Registration>& registration,
                std::optional<uint64_t> after) {
  const auto stream = call->MakeStream(options, context.encoder, context.pump, context.timers);
  absl::StatusOr<delivery::Segment> segment = MakeSegment(context, registration, after, stream);
  if (!segment.ok()) return call->Reject(segment.status());
  std::vector<delivery::Segment> segments;
  segments.push_back(*std::move(segment));
  call->Open(std::move(segments));
}

}  // namespace rsca::rpc
