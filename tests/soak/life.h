// One life: a registration, or a run, from its beginning to its end, with everything about it
// checked.
#ifndef RSCA_TESTS_SOAK_LIFE_H_
#define RSCA_TESTS_SOAK_LIFE_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rsca/client/client.h"
#include "rsca/v1/custom_actions.grpc.pb.h"
#include "tests/soak/follower.h"
#include "tests/soak/history.h"
#include "tests/soak/random.h"
#include "tests/soak/raw_stream.h"
#include "tests/soak/tally.h"

namespace rsca::soak {

// What lives share. Several connections each way, so that lives come from different ones.
struct World {
  Tally* tally = nullptr;
  History* history = nullptr;
  std::vector<client::Client> clients;
  std::vector<std::unique_ptr<v1::CustomActions::Stub>> stubs;
  absl::Time start;

  void AddName(const std::string& name) {
    MutexLock lock(&mutex);
    names.insert(name);
  }
  std::set<std::string> Names() {
    MutexLock lock(&mutex);
    return names;
  }

  Mutex mutex;
  std::set<std::string> names ABSL_GUARDED_BY(mutex);  // of all registrations so far
};

// By the client library or without it.
class AnyStream {
 public:
  explicit AnyStream(client::ResultStream stream) : stream_(std::move(stream)) {}
  explicit AnyStream(std::unique_ptr<RawStream> stream) : stream_(std::move(stream)) {}

  absl::StatusOr<std::optional<client::Event>> Next();
  const v1::Registration& registration() const;

 private:
  std::variant<client::ResultStream, std::unique_ptr<RawStream>> stream_;
};

class Life {
 public:
  Life(World* world, std::uint64_t seed) : world_(world), random_(seed) {}

  // Until its end.
  void Live();

 private:
  // Chosen at random before it begins.
  struct Plan {
    ActionSpec spec;
    int leaves = 0;         // times that the stream is left and joined again
    bool abandons = false;  // leaves in the end, and does not come again
    bool unregisters = false;
    bool watched = false;  // a second stream, from the beginning, on another connection
    bool slow = false;
    int reads = 0;  // events before it leaves, and before it unregisters
    absl::Duration grace;
  };

  Plan MakePlan();
  void PlanCommand(Plan* plan);
  std::string PickPool();

  void LiveRegistration(const Plan& plan);
  void LiveRun();
  void LiveWrong();

  absl::StatusOr<AnyStream> Register(const Plan& plan);
  absl::StatusOr<AnyStream> Attach(const std::string& name, std::uint64_t after);
  absl::StatusOr<AnyStream> Unregister(const std::string& name);

  // Reads so many events, or to the end if fewer come; whether there may be more.
  bool Read(AnyStream* stream, Follower* follower, int events, bool slow);
  bool LeaveAndJoin(std::unique_ptr<AnyStream>* stream, Follower* follower);
  void ReadOther(absl::StatusOr<AnyStream> stream, const char* what, Follower* follower);
  void Compare(const Follower& first, const Follower& other, const char* what, bool whole);

  void JudgeRefusal(const std::string& pool, const std::string& function,
                    const absl::Status& status);
  void JudgeEnd(const Plan& plan, const v1::Outcome& outcome, const Follower* follower);
  void JudgeWorkerEnd(const Plan& plan, const v1::Outcome& outcome);
  void Confirm(const Plan& plan, const Follower& follower);
  void AwaitEnd(const Plan& plan);

  World* const world_;
  Random random_;
  std::string name_;     // of the registration
  absl::Duration away_;  // the longest time without a stream
  bool unregistered_ = false;
};

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_LIFE_H_
