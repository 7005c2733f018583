#include "client/cpp/grpc_result_source.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace rsca::client::internal {

GrpcResultSource::GrpcResultSource(std::shared_ptr<Connection> connection,
                                   std::shared_ptr<CancelState> cancel,
                                   absl::Duration heartbeat_interval, const Start& start)
    : connection_(std::move(connection)),
      cancel_(std::move(cancel)),
      heartbeat_interval_(heartbeat_interval),
      cancel_scope_(cancel_, &context_),
      reader_(start(&context_)) {}

GrpcResultSource::~GrpcResultSource() {
  if (reader_ == nullptr) return;
  context_.TryCancel();
  v1::ResultStreamResponse unread;
  while (reader_->Read(&unread)) {
  }
  reader_->Finish();
}

absl::StatusOr<bool> GrpcResultSource::Next(v1::ResultStreamResponse* message) {
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

absl::Status GrpcResultSource::Finish() {
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

}  // namespace rsca::client::internal
