// What travels on the control socket between rsca-worker and rscad, both ways: messages of
// protos/rsca/worker/v1/worker_link.proto. One pair of sockets (AF_UNIX, a byte stream) for each
// worker, which inherits its end.
//
// A frame is the size of its message, 4 bytes in the host's byte order, and then the message; the
// next one follows at once.
//
// Not gRPC: it hands the duty to poll around between all threads of a process that wait, and the
// idle ones of this link cost the delivery of results a fifth of its throughput.
#ifndef RSCA_COMMON_CONTROL_FRAME_H_
#define RSCA_COMMON_CONTROL_FRAME_H_

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "common/report_frame.h"
#include "common/socket_io.h"

namespace rsca {

// Far above the largest message that there is: the catalogue of a worker, with a schema for each
// function, or arguments of 1 MiB. What claims to be larger is no message, and memory that no
// message needs is not given to it.
inline constexpr size_t kMaxControlBytes = size_t{64} << 20;

// Of a message above kMaxControlBytes only the size, by which the other end knows it.
void AppendControl(const google::protobuf::MessageLite& message, std::string* out);

// Takes the message at the front of `bytes` off it. kBroken also when it cannot be parsed.
FrameStatus ConsumeControl(absl::string_view* bytes, google::protobuf::MessageLite* message);

// Waits until all of it is taken. False when the other end is gone.
bool SendControl(int socket, const google::protobuf::MessageLite& message);

// The messages that come. Used by one thread.
class ControlReader {
 public:
  explicit ControlReader(int socket) : socket_(socket), reader_(socket) {}

  // Waits for the next one. kIncomplete: the other end is gone, and no whole message comes.
  FrameStatus Read(google::protobuf::MessageLite* message);

 private:
  const int socket_;
  SocketReader reader_;
  absl::string_view rest_;  // of what has come
};

}  // namespace rsca

#endif  // RSCA_COMMON_CONTROL_FRAME_H_
