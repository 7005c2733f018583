// One durable registration, and all that its readers have of it over the ends of its server.
#ifndef RSCA_TESTS_CRASH_LOOP_WATCHED_H_
#define RSCA_TESTS_CRASH_LOOP_WATCHED_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/timers.h"
#include "rsca/v1/custom_actions.grpc.pb.h"
#include "tests/soak/follower.h"
#include "tests/soak/raw_stream.h"
#include "tests/soak/tally.h"

namespace rsca::crash_loop {

// What was done since the server started, and may explain an end.
struct Deeds {
  bool killed_worker = false;
  bool stopped_server = false;  // asked to, before it was killed
};

// Used by one thread at a time.
class Watched {
 public:
  static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

  Watched(soak::Tally* tally, Timers* timers, soak::ActionSpec spec, std::string request_id);

  // Registers it, or joins what an earlier try made, and reads up to so many events. The server may
  // be killed meanwhile: then it is tried again with the next one.
  void Register(v1::CustomActions::Stub* stub, std::uint64_t events);

  // Goes on reading after what it has, up to so many events; as a client that goes away after them.
  void Read(v1::CustomActions::Stub* stub, std::uint64_t events);

  // Asks for its end, and keeps in mind whether the server has agreed.
  void Unregister(v1::CustomActions::Stub* stub);

  // With a server that has just started: everything that was read is still there with the same
  // bytes, an unregister that was agreed to stays done, and it lives or has ended as it must.
  // `known`: the server before had accepted it.
  void Verify(v1::CustomActions::Stub* stub, const Deeds& deeds, bool known);

  // What the server shows of it in the end is what its final result said.
  void VerifyShown(const v1::Registration& shown);

  const std::string& name() const { return name_; }
  const soak::ActionSpec& spec() const { return spec_; }
  bool registered() const { return !name_.empty(); }
  bool ended() const { return follower_ != nullptr && follower_->final().has_value(); }
  // Whether an unregister was begun.
  bool asked_to_end() const { return asked_to_end_; }
  std::uint64_t held() const { return hashes_.size(); }

 private:
  // Whether all events came, or the end.
  bool Take(soak::RawStream* stream, std::uint64_t events);
  void Replay(v1::CustomActions::Stub* stub);
  bool MustHaveEnded() const;
  void JudgeEnd(const Deeds& deeds);
  std::unique_ptr<soak::RawStream> Attach(v1::CustomActions::Stub* stub, std::uint64_t after);
  void Broken(const std::string& expected, const std::string& seen);

  soak::Tally* const tally_;
  Timers* const timers_;
  const soak::ActionSpec spec_;
  const std::string request_id_;
  std::string name_;
  std::unique_ptr<soak::Follower> follower_;
  std::vector<std::size_t> hashes_;  // of each event, by its sequence less one
  bool asked_to_end_ = false;
  bool agreed_to_end_ = false;
  bool judged_ = false;
};

}  // namespace rsca::crash_loop

#endif  // RSCA_TESTS_CRASH_LOOP_WATCHED_H_
