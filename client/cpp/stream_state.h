// What stands behind a ResultStream: takes messages apart into events.
#ifndef RSCA_CLIENT_CPP_STREAM_STATE_H_
#define RSCA_CLIENT_CPP_STREAM_STATE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cpp/cancel_state.h"
#include "client/cpp/connection.h"
#include "client/cpp/resuming_result_source.h"
#include "rsca/client/result_stream.h"

namespace rsca::client::internal {

// Threads as in ResultStream.
class StreamState {
 public:
  // Blocks until the stream has joined its registration.
  static absl::StatusOr<ResultStream> Open(std::shared_ptr<Connection> connection,
                                           std::shared_ptr<CancelState> cancel,
                                           std::unique_ptr<ResumingResultSource> source);

  absl::StatusOr<std::optional<Event>> Next();
  void Cancel() { cancel_->Cancel(); }
  absl::Status Unregister(absl::Duration timeout);

  const v1::Registration& registration() const { return registration_; }
  uint64_t last_sequence() const { return last_sequence_; }
  const v1::Outcome* outcome() const { return outcome_.has_value() ? &*outcome_ : nullptr; }
  const absl::Status& status() const { return status_; }

 private:
  StreamState(std::shared_ptr<Connection> connection, std::shared_ptr<CancelState> cancel,
              std::unique_ptr<ResumingResultSource> source)
      : connection_(std::move(connection)),
        cancel_(std::move(cancel)),
        source_(std::move(source)) {}

  // False at the good end.
  absl::StatusOr<bool> ReadMessage();
  void Join(v1::Registration* registration);
  Event TakeResult();

  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<CancelState> cancel_;
  std::unique_ptr<ResumingResultSource> source_;  // none after the end
  std::string name_;                              // constant once open
  v1::ResultStreamResponse message_;
  int next_result_ = 0;  // in message_
  v1::Registration registration_;
  uint64_t last_sequence_ = 0;
  std::optional<v1::Outcome> outcome_;
  absl::Status status_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_STREAM_STATE_H_
