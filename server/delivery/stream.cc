#include "server/delivery/stream.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status.h"

namespace rsca::delivery {
namespace {

// Results read at a time when each has a message of its own.
constexpr size_t kMessagesPerRead = 512;
// Of these, so many leave together: gRPC's write buffer holds no more of them.
constexpr size_t kMessagesPerFlush = 64;

// A message of several results stays well below gRPC's default receive limit of 4 MiB.
constexpr size_t kMessageBytes = 1 << 20;

// Small slices are copied together: each costs gRPC more than so many bytes.
constexpr size_t kCopyBelowBytes = 2048;

absl::Status SlowReader(uint64_t position, absl::Duration waited) {
  return MakeError(absl::StatusCode::kResourceExhausted, "SLOW_READER",
                   absl::StrCat("the client did not read for ", absl::FormatDuration(waited),
                                "; join again with after_sequence=", position),
                   {{"after_sequence", absl::StrCat(position)}});
}

absl::Status ServerDraining(uint64_t position) {
  return MakeError(
      absl::StatusCode::kUnavailable, "SERVER_DRAINING",
      absl::StrCat("the server is shutting down; join again with after_sequence=", position),
      {{"after_sequence", absl::StrCat(position)}});
}

grpc::ByteBuffer Join(const grpc::Slice* slices, size_t count) {
  size_t bytes = 0;
  for (size_t i = 0; i < count; ++i) bytes += slices[i].size();
  if (count == 1 || bytes / count >= kCopyBelowBytes) return grpc::ByteBuffer(slices, count);
  std::string joined;
  joined.reserve(bytes);
  for (size_t i = 0; i < count; ++i) {
    joined.append(reinterpret_cast<const char*>(slices[i].begin()), slices[i].size());
  }
  const grpc::Slice slice(joined);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

Stream::Stream(StreamOptions options, std::shared_ptr<MessageWriter> writer,
               const HeartbeatEncoder* encoder, Pump* pump, Timers* timers)
    : options_(options),
      writer_(std::move(writer)),
      encoder_(encoder),
      pump_(pump),
      timers_(timers) {}

Stream::~Stream() {
  MutexLock lock(&mutex_);
  timers_->Cancel(timer_);
}

void Stream::Start(std::vector<Segment> segments) {
  std::move(segments.begin(), segments.end(), std::back_inserter(segments_));
  {
    MutexLock lock(&mutex_);
    state_ = State::kOpen;
    last_activity_ = timers_->Now();
    written_position_ = writing_position_ = segments_.front().reader->position();
  }
  ArmTimer(std::min(options_.heartbeat_interval, options_.stall_timeout));
  Advance();
}

void Stream::Drain() {
  {
    MutexLock lock(&mutex_);
    draining_ = true;
  }
  Advance();
}

void Stream::OnPeerGone() {
  {
    MutexLock lock(&mutex_);
    peer_gone_ = true;
  }
  Advance();
}

void Stream::OnReadable() { pump_->Ready(shared_from_this()); }

void Stream::Advance() {
  Round round;
  {
    MutexLock lock(&mutex_);
    if (advancing_ || write_in_flight_ || state_ != State::kOpen) {
      again_ = true;
      return;
    }
    round = Begin();
  }
  Go(round);
}

Stream::Round Stream::Begin() {
  advancing_ = true;
  again_ = false;
  return {std::exchange(heartbeat_due_, false), peer_gone_, draining_};
}

void Stream::Go(Round round) {
  while (true) {
    if (round.gone) return Finish(absl::CancelledError("the client is gone"));
    Message message;
    if (!TakeMessage(&message)) {
      if (segments_.empty()) return Finish(absl::OkStatus());
      const journal::LogReader& reader = *segments_.front().reader;
      const uint64_t position = reader.position();
      if (const absl::Status status = reader.status(); !status.ok()) return Finish(status);
      if (round.draining) return Finish(ServerDraining(position));
      std::string notice = reader.notice();
      if (round.heartbeat || notice != notice_) {
        notice_ = std::move(notice);
        const grpc::Slice slice = encoder_->EncodeHeartbeat(position, notice_);
        message = {grpc::ByteBuffer(&slice, 1), false, position};
      }
    }
    {
      MutexLock lock(&mutex_);
      if (message.bytes.Valid()) {
        advancing_ = false;
        write_in_flight_ = true;
        writing_position_ = message.position;
        last_activity_ = timers_->Now();
      } else if (again_) {
        round = Begin();
        continue;
      } else {
        advancing_ = false;
        return;
      }
    }
    writer_->StartWrite(message.bytes, message.more_follows);
    return;
  }
}

bool Stream::TakeMessage(Message* message) {
  if (next_ == pending_.size() && !Refill()) return false;
  *message = Pack();
  return true;
}

// Reads ahead when nothing is pending. False when there is nothing to send now.
bool Stream::Refill() {
  pending_.clear();
  next_ = 0;
  while (!segments_.empty()) {
    Segment& segment = segments_.front();
    if (!opened_) {
      opened_ = true;
      pending_.push_back(segment.opening);
      return true;
    }
    const bool joined = options_.max_results_per_message > 1;
    const size_t most = joined ? options_.max_results_per_message : kMessagesPerRead;
    if (segment.reader->Read({most, kMessageBytes, joined}, &pending_) > 0) return true;
    if (!segment.reader->AtEnd()) return false;
    segments_.pop_front();
    opened_ = false;
  }
  return false;
}

Stream::Message Stream::Pack() {
  // The reader stands behind the last pending result; an opening leaves it where it was.
  const uint64_t read_position = segments_.front().reader->position();
  const size_t count = options_.max_results_per_message > 1 ? pending_.size() : 1;
  Message message;
  message.bytes = Join(&pending_[next_], count);
  next_ += count;
  const size_t left = pending_.size() - next_;
  message.more_follows = left > 0 && next_ % kMessagesPerFlush != 0;
  message.position = read_position - left;
  return message;
}

void Stream::OnWriteDone(bool ok) {
  bool cut_off = false;
  Round round;
  {
    MutexLock lock(&mutex_);
    cut_off = state_ == State::kCutOff;
    write_in_flight_ = false;
    last_activity_ = timers_->Now();
    if (ok) {
      written_position_ = writing_position_;
    } else {
      peer_gone_ = true;
    }
    // Nobody advances, or finishes, while a write is in flight.
    if (!cut_off) round = Begin();
  }
  if (cut_off) return Finish(absl::CancelledError("the client was cut off"));
  Go(round);
}

void Stream::Finish(const absl::Status& status) {
  {
    MutexLock lock(&mutex_);
    state_ = State::kFinishing;
    timers_->Cancel(timer_);
  }
  writer_->Finish(status);
}

void Stream::OnFinished() {
  {
    MutexLock lock(&mutex_);
    state_ = State::kFinished;
  }
  LetGo();
}

void Stream::LetGo() {
  std::deque<Segment> segments;  // destroyed after the lock is released: they call back
  std::vector<grpc::Slice> pending;
  MutexLock lock(&mutex_);
  segments.swap(segments_);
  pending.swap(pending_);
}

void Stream::ArmTimer(absl::Duration delay) {
  MutexLock lock(&mutex_);
  timer_ = timers_->After(delay, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->OnTimer();
  });
}

void Stream::OnTimer() {
  bool cut_off = false;
  uint64_t position = 0;
  absl::Duration next;
  std::deque<Segment> dropped;
  {
    MutexLock lock(&mutex_);
    if (state_ != State::kOpen) return;
    const absl::Duration quiet = timers_->Now() - last_activity_;
    if (write_in_flight_) {
      cut_off = quiet >= options_.stall_timeout;
      if (cut_off) state_ = State::kCutOff;
      next = options_.stall_timeout - quiet;
      position = written_position_;
      if (cut_off) {
        // gRPC completes the write no sooner than the socket takes bytes again, which is never if
        // the client's process is stopped: the registration must not wait for that. No thread
        // advances while a write is in flight, so the segments are this thread's.
        state_ = State::kCutOff;
        dropped.swap(segments_);
        pending_.clear();
      }
    } else {
      heartbeat_due_ = quiet >= options_.heartbeat_interval;
      next = heartbeat_due_ ? options_.heartbeat_interval
                            : std::min(options_.heartbeat_interval - quiet, options_.stall_timeout);
    }
  }
  if (cut_off) {
    writer_->CutOff(SlowReader(position, options_.stall_timeout));
    // Now, and not when the write has failed: to a client that is stopped it hangs.
    return LetGo();
  }
  ArmTimer(next);
  Advance();
}

}  // namespace rsca::delivery
