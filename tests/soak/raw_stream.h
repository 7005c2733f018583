// A stream of results without the client library, which forgives what a server must not do: checks
// each message against the rules of protos/rsca/v1/result.proto.
#ifndef RSCA_TESTS_SOAK_RAW_STREAM_H_
#define RSCA_TESTS_SOAK_RAW_STREAM_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "rsca/client/result_stream.h"
#include "rsca/v1/custom_actions.grpc.pb.h"

namespace rsca::soak {

// Next as ResultStream has it. A broken rule is DATA_LOSS, with what is wrong; so is a connection
// that was lost, since it does not join again: UNAVAILABLE. Used by one thread but for Cancel.
class RawStream {
 public:
  static absl::StatusOr<std::unique_ptr<RawStream>> Register(
      v1::CustomActions::Stub* stub, const v1::RegisterCustomActionRequest& request);
  static absl::StatusOr<std::unique_ptr<RawStream>> Attach(
      v1::CustomActions::Stub* stub, const v1::AttachCustomActionRequest& request);
  static absl::StatusOr<std::unique_ptr<RawStream>> Unregister(
      v1::CustomActions::Stub* stub, const v1::UnregisterCustomActionRequest& request);

  RawStream() = default;
  // Leaves the stream.
  ~RawStream();
  RawStream(const RawStream&) = delete;
  RawStream& operator=(const RawStream&) = delete;

  absl::StatusOr<std::optional<client::Event>> Next();

  const v1::Registration& registration() const { return registration_; }

  void Cancel() { context_.TryCancel(); }

 private:
  using Reader = std::unique_ptr<grpc::ClientReader<v1::ResultStreamResponse>>;

  absl::Status Begin(Reader reader, std::optional<std::uint64_t> after, bool whole);
  absl::Status Check(std::uint64_t sequence);
  grpc::Status Finish();
  absl::StatusOr<std::optional<client::Event>> End();

  grpc::ClientContext context_;
  Reader reader_;
  v1::Registration registration_;
  v1::ResultStreamResponse message_;
  int next_result_ = 0;
  std::optional<std::uint64_t> last_;  // unknown before the first of an unregister stream
  bool final_ = false;
  bool finished_ = false;
};

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_RAW_STREAM_H_
