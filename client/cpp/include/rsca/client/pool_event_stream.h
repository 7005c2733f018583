// What happens to worker pools and their workers, one event after the other.
//
//   absl::StatusOr<rsca::client::PoolEventStream> stream = client->WatchPools();
//   while (stream.ok()) {
//     absl::StatusOr<rsca::v1::WorkerProcessEvent> event = stream->Next();
//     if (!event.ok()) break;
//     …
//   }
#ifndef RSCA_CLIENT_POOL_EVENT_STREAM_H_
#define RSCA_CLIENT_POOL_EVENT_STREAM_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rsca/v1/worker_pool.pb.h"

namespace rsca {
namespace client {

namespace internal {
class PoolWatch;
}  // namespace internal

// A stream that joins again by itself. Made by `Client::WatchPools`.
//
// Promise: events come in order, none twice; where one cannot be had the stream ends with
// DATA_LOSS, and `ErrorReason` in errors.h says why: EVENTS_TRUNCATED (the server keeps the last
// 10,000; the metadata `oldest_sequence` is where the next stream can begin), SERVER_RESTARTED (the
// numbers begin anew: watch again after sequence 0). There is no good end.
//
// Thread-safety and ownership: as ResultStream.
class PoolEventStream {
 public:
  // Made by Client.
  explicit PoolEventStream(std::unique_ptr<internal::PoolWatch> watch);
  PoolEventStream(PoolEventStream&&) noexcept;
  PoolEventStream& operator=(PoolEventStream&&) noexcept;
  ~PoolEventStream();

  // Blocks for the next event. An error is the end, and comes again with every further call:
  // CANCELLED after `Cancel`, DATA_LOSS, UNAVAILABLE when the server could not be reached within
  // `RetryPolicy::rejoin_limit`, or what the server refused with.
  absl::StatusOr<v1::WorkerProcessEvent> Next();

  // The run of the server that the sequences are of.
  const std::string& server_start() const;

  // A stream that begins after this sequence misses nothing that this one had to tell, and repeats
  // nothing.
  uint64_t last_sequence() const;

  // Leaves the stream: `Next` returns CANCELLED.
  void Cancel();

 private:
  std::unique_ptr<internal::PoolWatch> watch_;
};

}  // namespace client
}  // namespace rsca

#endif  // RSCA_CLIENT_POOL_EVENT_STREAM_H_
