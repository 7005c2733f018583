#include "common/control_frame.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace rsca {

void AppendControl(const google::protobuf::MessageLite& message, std::string* out) {
  const size_t bytes = message.ByteSizeLong();
  const auto size = static_cast<uint32_t>(std::min(bytes, kMaxControlBytes + 1));
  out->append(reinterpret_cast<const char*>(&size), sizeof(size));
  if (bytes <= kMaxControlBytes) message.AppendToString(out);
}

FrameStatus ConsumeControl(absl::string_view* bytes, google::protobuf::MessageLite* message) {
  uint32_t size = 0;
  if (bytes->size() < sizeof(size)) return FrameStatus::kIncomplete;
  std::memcpy(&size, bytes->data(), sizeof(size));
  if (size > kMaxControlBytes) return FrameStatus::kBroken;
  if (bytes->size() - sizeof(size) < size) return FrameStatus::kIncomplete;
  if (!message->ParseFromArray(bytes->data() + sizeof(size), static_cast<int>(size))) {
    return FrameStatus::kBroken;
  }
  bytes->remove_prefix(sizeof(size) + size);
  return FrameStatus::kComplete;
}

bool SendControl(int socket, const google::protobuf::MessageLite& message) {
  std::string bytes;
  AppendControl(message, &bytes);
  return SendAll(socket, bytes);
}

FrameStatus ControlReader::Read(google::protobuf::MessageLite* message) {
  while (true) {
    const FrameStatus status = ConsumeControl(&rest_, message);
    if (status != FrameStatus::kIncomplete) return status;
    reader_.Keep(rest_);
    const bool more = WaitUntilReadable(socket_) && reader_.ReadMore();
    rest_ = reader_.bytes();
    if (!more) return FrameStatus::kIncomplete;
  }
}

}  // namespace rsca
