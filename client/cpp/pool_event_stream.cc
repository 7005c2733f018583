#include "rsca/client/pool_event_stream.h"

#include <utility>

#include "client/cpp/pool_watch.h"

namespace rsca::client {

PoolEventStream::PoolEventStream(std::unique_ptr<internal::PoolWatch> watch)
    : watch_(std::move(watch)) {}
PoolEventStream::PoolEventStream(PoolEventStream&&) noexcept = default;
PoolEventStream& PoolEventStream::operator=(PoolEventStream&&) noexcept = default;
PoolEventStream::~PoolEventStream() = default;

absl::StatusOr<v1::WorkerProcessEvent> PoolEventStream::Next() { return watch_->Next(); }

const std::string& PoolEventStream::server_start() const { return watch_->server_start(); }

uint64_t PoolEventStream::last_sequence() const { return watch_->last_sequence(); }

void PoolEventStream::Cancel() { watch_->Cancel(); }

}  // namespace rsca::client
