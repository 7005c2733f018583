#include "server/rpc/watch_worker_processes.h"

#include <utility>

#include "server/rpc/convert_pools.h"

namespace rsca::rpc {
namespace {

using Source = MessageSource<v1::WatchWorkerProcessesResponse>;

constexpr size_t kMaxEventsPerMessage = 100;

// The events after a sequence, of one pool or of all.
class Events final : public Source {
 public:
  Events(std::unique_ptr<actions::PoolEvents::Reader> reader, uint64_t after, std::string pool,
         std::string server_start)
      : reader_(std::move(reader)),
        last_(after),
        pool_(std::move(pool)),
        server_start_(std::move(server_start)) {}

  absl::StatusOr<Next> Take(v1::WatchWorkerProcessesResponse* message) override {
    if (!server_start_.empty()) {
      message->set_server_start(std::exchange(server_start_, ""));
      message->set_last_sequence(last_);
      return Next::kMessage;
    }
    while (message->events_size() == 0) {
      const auto events = reader_->Read(kMaxEventsPerMessage);
      if (!events.ok()) return events.status();
      if (events->empty()) return Next::kNothingYet;
      for (const actions::PoolEvent& event : *events) {
        last_ = event.sequence;
        if (pool_.empty() || event.pool == pool_) *message->add_events() = ToProto(event);
      }
    }
    message->set_last_sequence(last_);
    return Next::kMessage;
  }

  void FillHeartbeat(v1::WatchWorkerProcessesResponse* message) override {
    message->set_last_sequence(last_);
  }

 private:
  const std::unique_ptr<actions::PoolEvents::Reader> reader_;
  uint64_t last_;
  const std::string pool_;    // empty: all
  std::string server_start_;  // empty once it has been sent
};

absl::Status ServerRestarted(const std::string& server_start) {
  return MakeError(absl::StatusCode::kOutOfRange, "SERVER_RESTARTED",
                   "the server was started again since then, and its events count from 1 again",
                   {{"server_start", server_start}});
}

// The pool that the request names; empty for all.
absl::StatusOr<std::string> PoolOf(const v1::WatchWorkerProcessesRequest& request,
                                   const actions::WorkerPools& pools) {
  if (request.pool().empty()) return "";
  absl::StatusOr<std::string> pool = ParsePoolName("pool", request.pool());
  if (!pool.ok()) return pool;
  if (const auto info = pools.FindPool(*pool); !info.ok()) return info.status();
  return pool;
}

}  // namespace

void WatchWorkerProcesses::Handle(const v1::WatchWorkerProcessesRequest& request,
                                  const std::shared_ptr<Stream>& stream) const {
  absl::StatusOr<std::string> pool = PoolOf(request, *context_->pools);
  if (!pool.ok()) return stream->Refuse(pool.status());
  const auto heartbeat = HeartbeatIntervalOf(request, context_->stream_defaults);
  if (!heartbeat.ok()) return stream->Refuse(heartbeat.status());
  if (request.has_after_sequence() && !request.server_start().empty() &&
      request.server_start() != context_->server_start) {
    return stream->Refuse(ServerRestarted(context_->server_start));
  }
  actions::PoolEvents& events = context_->pools->events();
  const uint64_t after =
      request.has_after_sequence() ? request.after_sequence() : events.last_sequence();
  stream->Open(streams_, context_->timers, *heartbeat,
               [&](std::function<void()> wake) -> absl::StatusOr<std::unique_ptr<Source>> {
                 auto reader = events.Open(after, std::move(wake));
                 if (!reader.ok()) return reader.status();
                 return std::make_unique<Events>(*std::move(reader), after, *std::move(pool),
                                                 context_->server_start);
               });
}

}  // namespace rsca::rpc
