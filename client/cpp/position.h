// How far a stream has come in its registration, and the check of every message against it.
#ifndef RSCA_CLIENT_CPP_POSITION_H_
#define RSCA_CLIENT_CPP_POSITION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "rsca/v1/result.pb.h"

namespace rsca::client::internal {

// For one thread at a time.
class Position {
 public:
  // Where a stream begins that was not told after which sequence.
  enum class Beginning {
    kOldest,   // with the oldest result that the server has: registering, attaching
    kPending,  // with what comes next: unregistering
  };

  Position(std::optional<uint64_t> after, Beginning beginning)
      : after_(after), beginning_(beginning) {}

  // Takes one message in and removes from it what has been seen before. Where there is a gap in
  // it, it keeps what stands before; see `gap`. Errors: UNAVAILABLE for a stream that has stalled,
  // INTERNAL for one that breaks the rules otherwise.
  absl::Status Accept(v1::ResultStreamResponse* message);

  // DATA_LOSS once a sequence was left out; nothing may be accepted any more then.
  const absl::Status& gap() const { return gap_; }

  // `registered` has come.
  bool joined() const { return !name_.empty(); }
  // The registration, once joined.
  const std::string& name() const { return name_; }
  // It outlives the server, once joined.
  bool durable() const { return durable_; }
  // The last sequence seen, or the one to begin after.
  uint64_t last() const { return last_; }
  // The final result has been seen.
  bool ended() const { return ended_; }

 private:
  absl::Status Begin(const v1::Registration& registration);
  void AcceptResults(v1::ResultStreamResponse* message);
  absl::Status AcceptHeartbeat(const v1::Heartbeat& heartbeat);
  // True: new. False: seen before, or behind a gap (then `gap_` is set).
  bool Advance(uint64_t sequence);

  const std::optional<uint64_t> after_;
  const Beginning beginning_;
  std::string name_;
  bool durable_ = false;
  uint64_t last_ = 0;
  // The first item of a kPending stream may have any number.
  bool last_is_certain_ = true;
  uint64_t promised_ = 0;  // last_sequence of the last heartbeat
  bool ended_ = false;
  absl::Status gap_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_POSITION_H_
