// One client's stream: reads a registration's log at the client's pace and writes it out, with
// heartbeats while it is idle, until the final result.
#ifndef RSCA_SERVER_DELIVERY_STREAM_H_
#define RSCA_SERVER_DELIVERY_STREAM_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/timers.h"
#include "server/delivery/pump.h"
#include "server/journal/result_log.h"

namespace rsca::delivery {

// The client's end, one per stream. Never called under a lock of the stream.
class MessageWriter {
 public:
  virtual ~MessageWriter() = default;

  // Begins to write; Stream::OnWriteDone follows. One at a time. `more_follows`: the next message
  // is waiting already, so this one need not leave at once.
  virtual void StartWrite(const grpc::ByteBuffer& message, bool more_follows) = 0;

  // Ends the RPC; Stream::OnFinished follows. Once, and never while a write is going on.
  virtual void Finish(const absl::Status& status) = 0;

  // Ends the RPC although a write is going on, which then fails; Finish is still to come.
  virtual void CutOff(const absl::Status& status) = 0;
};

// Wire form of what delivery says on its own.
class HeartbeatEncoder {
 public:
  virtual ~HeartbeatEncoder() = default;
  // `notice`: see journal::LogReader::notice.
  virtual grpc::Slice EncodeHeartbeat(uint64_t last_sequence, const std::string& notice) const = 0;
};

struct StreamOptions {
  uint32_t max_results_per_message = 1;
  absl::Duration heartbeat_interval;
  absl::Duration stall_timeout;
};

// One registration's part of a stream.
struct Segment {
  grpc::Slice opening;  // the `registered` message
  std::unique_ptr<journal::LogReader> reader;
  std::shared_ptr<void> lease;  // released when the stream is over or cut off
};

// Thread-safe. Stream and writer keep each other until the writer, at OnFinished, lets go of the
// stream.
class Stream final : public Pumped,
                     public journal::ReaderListener,
                     public std::enable_shared_from_this<Stream> {
 public:
  // The writer is kept until OnFinished; the others outlive the stream.
  Stream(StreamOptions options, std::shared_ptr<MessageWriter> writer,
         const HeartbeatEncoder* encoder, Pump* pump, Timers* timers);
  ~Stream() override;

  // Begins to deliver: the segments one after the other, each opening first. Their readers'
  // listener is this stream. Once.
  void Start(std::vector<Segment> segments);

  // Sends what is waiting, then ends with UNAVAILABLE and the sequence to join at.
  void Drain();

  // The client is gone.
  void OnPeerGone();

  void OnWriteDone(bool ok);
  void OnFinished();

  void OnReadable() override;
  void Advance() override;

 private:
  enum class State { kIdle, kOpen, kCutOff, kFinishing, kFinished };

  struct Message {
    grpc::ByteBuffer bytes;
    bool more_follows = false;
    uint64_t position = 0;  // last sequence sent once this message is out
  };

  // What a round of advancing has to heed.
  struct Round {
    bool heartbeat = false;
    bool gone = false;
    bool draining = false;
  };
  Round Begin() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The following run on the one thread that has set `advancing_`.
  void Go(Round round);
  bool TakeMessage(Message* message);
  bool Refill();
  Message Pack();

  void Finish(const absl::Status& status);
  // Gives up what is still to send, and the hold on the registrations.
  void LetGo();
  void ArmTimer(absl::Duration delay);
  void OnTimer();

  const StreamOptions options_;
  const std::shared_ptr<MessageWriter> writer_;
  const HeartbeatEncoder* const encoder_;
  Pump* const pump_;
  Timers* const timers_;

  // Owned by the advancing thread, and by LetGo once no thread advances any more.
  std::deque<Segment> segments_;
  bool opened_ = false;               // the first segment's opening has been taken
  std::vector<grpc::Slice> pending_;  // read and not yet written, from next_ on
  size_t next_ = 0;
  std::string notice_;  // the last that the client was told

  Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  bool advancing_ ABSL_GUARDED_BY(mutex_) = false;
  bool again_ ABSL_GUARDED_BY(mutex_) = false;
  bool write_in_flight_ ABSL_GUARDED_BY(mutex_) = false;
  bool heartbeat_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool peer_gone_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t writing_position_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t written_position_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration last_activity_ ABSL_GUARDED_BY(mutex_);  // when a write began or ended
  Timers::Id timer_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace rsca::delivery

#endif  // RSCA_SERVER_DELIVERY_STREAM_H_
