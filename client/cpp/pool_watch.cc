#include "client/cpp/pool_watch.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/durations.h"
#include "common/status.h"

namespace rsca::client::internal {
namespace {

// What the refusal to let a stream join again means.
absl::Status ExplainRefusal(const absl::Status& refusal, uint64_t last) {
  if (!absl::IsOutOfRange(refusal)) return refusal;
  const auto oldest = rsca::ErrorMetadata(refusal, "oldest_sequence");
  return MakeError(
      absl::StatusCode::kDataLoss, rsca::ErrorReason(refusal),
      absl::StrCat("events after ", last, " are lost: ", std::string(refusal.message())),
      {{"oldest_sequence", oldest.value_or("1")}});
}

}  // namespace

PoolWatch::PoolWatch(std::shared_ptr<Connection> connection, const WatchOptions& options)
    : connection_(std::move(connection)),
      cancel_(std::make_shared<CancelState>(options.cancellation)),
      all_pools_(options.pool.empty()),
      heartbeat_interval_(options.heartbeat_interval),
      rejoin_(options.retry, options.on_connection_change, &connection_->timers(), cancel_) {
  if (!options.pool.empty()) request_.set_pool(absl::StrCat("pools/", options.pool));
  if (options.after_sequence.has_value()) request_.set_after_sequence(*options.after_sequence);
  request_.set_server_start(options.server_start);
  SetDuration(options.heartbeat_interval, request_.mutable_heartbeat_interval());
}

absl::StatusOr<std::unique_ptr<PoolWatch>> PoolWatch::Open(std::shared_ptr<Connection> connection,
                                                           const WatchOptions& options) {
  std::unique_ptr<PoolWatch> watch(new PoolWatch(std::move(connection), options));
  absl::Status status = watch->ReadMessage();
  if (!status.ok()) return status;
  return watch;
}

absl::StatusOr<v1::WorkerProcessEvent> PoolWatch::Next() {
  while (status_.ok()) {
    if (next_event_ < message_.events_size()) {
      v1::WorkerProcessEvent& event = *message_.mutable_events(next_event_++);
      if (event.sequence() <= last_) continue;
      if (all_pools_ && event.sequence() != last_ + 1) {
        status_ =
            MakeError(absl::StatusCode::kDataLoss, "SEQUENCE_GAP",
                      absl::StrCat("the server sent event ", event.sequence(), " after ", last_));
        break;
      }
      last_ = event.sequence();
      return std::move(event);
    }
    // Events of other pools count as seen.
    if (message_.last_sequence() > last_) last_ = message_.last_sequence();
    status_ = ReadMessage();
  }
  return status_;
}

absl::Status PoolWatch::ReadMessage() {
  while (true) {
    if (call_ == nullptr) StartCall();
    next_event_ = 0;
    const absl::StatusOr<bool> got = call_->Next(&message_);
    if (got.ok() && *got) return Accept();
    message_.Clear();
    call_.reset();
    const absl::Status loss =
        got.ok() ? absl::UnavailableError("the server ended the stream") : got.status();
    if (absl::Status status = PauseAfter(loss); !status.ok()) return status;
  }
}

absl::Status PoolWatch::Accept() {
  if (!message_.server_start().empty()) {
    if (!joined()) last_ = message_.last_sequence();
    server_start_ = message_.server_start();
  }
  if (!joined()) return absl::InternalError("the server's first message does not name its run");
  rejoin_.Progress();
  rejoin_.Joined();
  return absl::OkStatus();
}

absl::Status PoolWatch::PauseAfter(const absl::Status& loss) {
  if (absl::Status cancelled = rejoin_.CheckCancelled(); !cancelled.ok()) return cancelled;
  if (!joined() && !rsca::ErrorReason(loss).empty()) return loss;  // the answer to the request
  if (!IsConnectionLoss(loss)) return joined() ? ExplainRefusal(loss, last_) : loss;
  const absl::StatusOr<bool> again = rejoin_.Pause(loss, joined());
  if (!again.ok()) return again.status();
  return *again ? absl::OkStatus() : loss;
}

void PoolWatch::StartCall() {
  if (joined()) {
    request_.set_after_sequence(last_);
    request_.set_server_start(server_start_);
  }
  call_ = std::make_unique<GrpcStream<v1::WatchWorkerProcessesResponse>>(
      connection_, cancel_, heartbeat_interval_, [this](grpc::ClientContext* context) {
        return connection_->worker_processes().WatchWorkerProcesses(context, request_);
      });
}

}  // namespace rsca::client::internal
