// The open message streams: how many there may be, and how they end with the server.
#ifndef RSCA_SERVER_RPC_STREAM_SET_H_
#define RSCA_SERVER_RPC_STREAM_SET_H_

#include <memory>
#include <unordered_map>

#include "absl/status/status.h"
#include "common/mutex.h"
#include "common/timers.h"

namespace rsca::rpc {

// A stream that can be told to end. Thread-safe.
class OpenStream {
 public:
  virtual ~OpenStream() = default;
  // With this status, once what is waiting has been sent.
  virtual void End(const absl::Status& status) = 0;
};

// Thread-safe.
class StreamSet {
 public:
  // `timers` outlives it.
  StreamSet(size_t max_streams, Timers* timers) : max_streams_(max_streams), timers_(timers) {}

  // RESOURCE_EXHAUSTED (LIMIT_EXCEEDED) when there are too many, UNAVAILABLE (SERVER_DRAINING) from
  // Drain on.
  absl::Status Add(const std::shared_ptr<OpenStream>& stream);
  // One that was not added is ignored.
  void Remove(const OpenStream* stream);

  // Ends all streams with SERVER_DRAINING.
  void Drain();

  // Waits until no stream is left. False when that took longer.
  bool WaitUntilEmpty(absl::Duration limit);

 private:
  const size_t max_streams_;
  Timers* const timers_;
  Mutex mutex_;
  CondVar changed_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_map<const OpenStream*, std::weak_ptr<OpenStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_STREAM_SET_H_
