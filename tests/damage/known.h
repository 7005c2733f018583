// A durable registration, and what its reader has had of it.
#ifndef RSCA_TESTS_DAMAGE_KNOWN_H_
#define RSCA_TESTS_DAMAGE_KNOWN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/timers.h"
#include "rsca/v1/custom_actions.grpc.pb.h"

namespace rsca::damage {

class Known {
 public:
  explicit Known(Timers* timers) : timers_(timers) {}

  // Registers it and reads so many events, or to its end. Once.
  void Begin(v1::CustomActions::Stub* stub, const std::string& function,
             const std::string& arguments, std::uint64_t events);

  // What has become of it.
  struct Verdict {
    std::string wrong;  // a gap, other bytes, silence; empty: there is none
    std::string told;   // the error that says what is missing; empty: nothing is
  };
  // Reads it again. `repaired`: it may begin later or end earlier than it did, if that is told.
  Verdict Check(v1::CustomActions::Stub* stub, bool repaired) const;

  const std::string& name() const { return name_; }

 private:
  Verdict ReadFrom(v1::CustomActions::Stub* stub, std::uint64_t after, bool repaired) const;

  Timers* const timers_;
  std::string name_;
  std::vector<std::string> events_;
};

}  // namespace rsca::damage

#endif  // RSCA_TESTS_DAMAGE_KNOWN_H_
