// Follows the events of one registration on one stream, across the times that the stream is left
// and joined again, and checks them.
#ifndef RSCA_TESTS_SOAK_FOLLOWER_H_
#define RSCA_TESTS_SOAK_FOLLOWER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "rsca/client/result_stream.h"
#include "rsca/v1/result.pb.h"
#include "tests/soak/tally.h"

namespace rsca::soak {

// What is registered: a counter (tests/plugins/counter.cc), or a command.
struct ActionSpec {
  std::string pool;
  std::string function;
  std::string command;  // of a command its arguments; the fields below are a counter's
  bool restartable = false;
  std::optional<std::uint64_t> count;
  std::size_t size = 0;
  int interval_ms = 0;
  std::int32_t status = 0;

  bool counts() const { return command.empty(); }
  std::string Arguments() const;
};

// Sequences go up by one. Inside one conversation, which is what lies between two interruptions, so
// do the counter's own numbers, from 1 on: a result that the plug-in reported and that is missing
// between two that came is seen by that. Used by one thread.
class Follower {
 public:
  // `after`: what the stream begins after; nothing where that is not known.
  Follower(Tally* tally, std::string registration, ActionSpec spec,
           std::optional<std::uint64_t> after);

  void OnEvent(const client::Event& event);

  std::optional<std::uint64_t> last_sequence() const { return last_; }
  std::uint64_t interruptions() const { return interruptions_; }

  // Of all sequences, statuses and responses so far: two followers from the beginning agree on it.
  std::uint64_t hash() const { return hash_; }

  const std::optional<v1::Result>& final() const { return final_; }

  // Whether the counter reported its `count` results, all of them in the last conversation, and
  // then said so.
  bool CountedToTheEnd() const;

 private:
  void OnResult(const v1::Result& result);
  void OnNumber(const v1::Result& result);
  void OnCount(const v1::Result& result);
  void OnInterruption(const v1::Interruption& interruption);
  void Hash(std::uint64_t number, const std::string& text);
  void Broken(const std::string& expected, const std::string& seen);

  Tally* const tally_;
  const std::string registration_;
  const ActionSpec spec_;
  std::optional<std::uint64_t> last_;
  std::optional<std::uint64_t>
      number_;               // the counter's last; unknown before the first of a late one
  bool said_count_ = false;  // the counter has ended this conversation
  std::uint64_t interruptions_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325;
  std::optional<v1::Result> final_;
  bool broken_ = false;
};

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_FOLLOWER_H_
