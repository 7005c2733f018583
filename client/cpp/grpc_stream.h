// One streaming RPC, read message by message.
#ifndef RSCA_CLIENT_CPP_GRPC_STREAM_H_
#define RSCA_CLIENT_CPP_GRPC_STREAM_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/cancel_state.h"
#include "client/cpp/connection.h"
#include "client/cpp/silence_watch.h"

namespace rsca::client::internal {

// Reads with gRPC's synchronous API: the thread in Next polls the socket itself, so a message is
// there without a change of threads, and nothing is read that nobody asked for.
//
// For one thread at a time. Next returns UNAVAILABLE when the server has gone silent.
template <typename Message>
class GrpcStream {
 public:
  using Reader = grpc::ClientReaderInterface<Message>;
  // Begins the RPC. Blocks until the connection stands or the call has failed.
  using Start = std::function<std::unique_ptr<Reader>(grpc::ClientContext* context)>;

  GrpcStream(std::shared_ptr<Connection> connection, std::shared_ptr<CancelState> cancel,
             absl::Duration heartbeat_interval, const Start& start)
      : connection_(std::move(connection)),
        cancel_(std::move(cancel)),
        heartbeat_interval_(heartbeat_interval),
        cancel_scope_(cancel_, &context_),
        reader_(start(&context_)) {}

  ~GrpcStream() {
    if (reader_ == nullptr) return;
    context_.TryCancel();
    Message unread;
    while (reader_->Read(&unread)) {
    }
    reader_->Finish();
  }

  // Blocks for the next message. False at the good end; `message` is then without meaning, as it
  // is after an error. Not to be called again after either.
  absl::StatusOr<bool> Next(Message* message) {
    if (watch_ != nullptr) watch_->BeginRead();
    const bool read = reader_->Read(message);
    if (watch_ != nullptr) watch_->EndRead();
    if (read) {
      // From the first message on the server owes heartbeats. Before it a plug-in takes its time,
      // which the server limits; a dead connection is found by keepalive.
      if (watch_ == nullptr) {
        watch_ = SilenceWatch::Start(
            &connection_->timers(), heartbeat_interval_,
            [cancel = cancel_, context = &context_] { cancel->CancelOne(context); });
      }
      return true;
    }
    absl::Status status = Finish();
    if (status.ok()) return false;
    return status;
  }

 private:
  absl::Status Finish() {
    absl::Status status = connection_->ToStatus(reader_->Finish());
    reader_ = nullptr;
    if (status.ok()) return status;
    if (watch_ != nullptr && watch_->gave_up()) {
      return absl::UnavailableError(absl::StrCat("the server was silent for ",
                                                 SilenceWatch::kMissedIntervals, " times ",
                                                 absl::FormatDuration(heartbeat_interval_)));
    }
    return status;
  }

  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<CancelState> cancel_;
  const absl::Duration heartbeat_interval_;
  grpc::ClientContext context_;
  CancelScope cancel_scope_;
  std::unique_ptr<Reader> reader_;  // none after Finish
  std::shared_ptr<SilenceWatch> watch_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_GRPC_STREAM_H_
