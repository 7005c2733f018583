// The part of Life that judges how it ended.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/soak/life.h"

namespace rsca::soak {
namespace {

// What a client may take longer than it wanted, on a busy machine, says nothing about the server;
// what is shorter than the grace by this does.
constexpr absl::Duration kClockSlack = absl::Milliseconds(100);
constexpr absl::Duration kAwaitBound = absl::Seconds(60);

}  // namespace

void Life::Compare(const Follower& first, const Follower& other, const char* what, bool whole) {
  if (!other.final().has_value()) return;  // told already
  const v1::Result& a = *first.final();
  const v1::Result& b = *other.final();
  if (a.SerializeAsString() != b.SerializeAsString()) {
    world_->tally->Broken(
        name_, absl::StrCat("the same final result on ", what, ": ", a.ShortDebugString()),
        b.ShortDebugString());
  } else if (whole && first.hash() != other.hash()) {
    world_->tally->Broken(name_, absl::StrCat("the same results on ", what), "others");
  }
}

void Life::JudgeRefusal(const std::string& pool, const std::string& function,
                        const absl::Status& status) {
  const std::string reason = client::ErrorReason(status);
  const bool later = reason == "WORKER_UNAVAILABLE" || reason == "ACTION_QUARANTINED";
  const bool starved = reason == "PLUGIN_REFUSED" && world_->history->StarvedLately(pool);
  if (!later && !starved && reason != "POOL_STOPPED" && reason != "WORKER_CRASHED") {
    world_->tally->Broken(absl::StrCat("a call of ", function),
                          "acceptance, or a refusal for what was done to its pool",
                          status.ToString());
  }
  world_->tally->Count(absl::StrCat("refused ", reason));
}

void Life::JudgeEnd(const Plan& plan, const v1::Outcome& outcome, const Follower* follower) {
  using v1::Outcome;
  const std::string kind = Outcome::Kind_Name(outcome.kind()).substr(5);
  world_->tally->Count("outcome " + kind);
  const bool counted = follower != nullptr && follower->CountedToTheEnd();
  std::string expected;
  switch (outcome.kind()) {
    case Outcome::KIND_COMPLETED:
    case Outcome::KIND_FAILED:
      if (counted && (outcome.kind() == Outcome::KIND_FAILED) == (plan.spec.status < 0)) break;
      // A shell that cannot fork fails.
      if (!plan.spec.counts() && world_->history->StarvedLately(plan.spec.pool)) break;
      expected = "all that was to be counted";
      break;
    case Outcome::KIND_UNREGISTERED:
      if (!unregistered_) expected = "an end by something else, nobody has unregistered it";
      break;
    case Outcome::KIND_CANCELLED:
      if (!plan.abandons && away_ + kClockSlack < plan.grace) {
        expected = absl::StrCat("no cancelling, without a stream for ", absl::FormatDuration(away_),
                                " only");
      }
      break;
    case Outcome::KIND_WORKER_CRASHED:
    case Outcome::KIND_WORKER_RECYCLED:
      return JudgeWorkerEnd(plan, outcome);
    case Outcome::KIND_ABANDONED:
      // A counter gives up when its worker has no memory for a result.
      if (outcome.message().find("refused with 0x8007000e (E_OUTOFMEMORY)") != std::string::npos &&
          world_->history->StarvedLately(plan.spec.pool)) {
        break;
      }
      [[fallthrough]];
    default:
      expected = "another outcome";
      break;
  }
  if (!expected.empty()) world_->tally->Broken(name_, expected, outcome.ShortDebugString());
}

void Life::JudgeWorkerEnd(const Plan& plan, const v1::Outcome& outcome) {
  const bool could_not = outcome.message().find("could not begin again") != std::string::npos;
  // Once it is to end, nobody wants it to begin again.
  const bool was_to_end = unregistered_ || plan.abandons || away_ + kClockSlack >= plan.grace;
  if (could_not != plan.spec.restartable && !(plan.spec.restartable && was_to_end)) {
    return world_->tally->Broken(
        name_,
        plan.spec.restartable ? "to be begun again, as it is restartable" : "not to be begun again",
        outcome.ShortDebugString());
  }
  // No worker at the moment is a reason to wait.
  const bool for_good = outcome.message().find(" is stopped (") != std::string::npos ||
                        outcome.message().find(" is refused until ") != std::string::npos ||
                        world_->history->StarvedLately(plan.spec.pool);
  if (could_not && !for_good) {
    return world_->tally->Broken(name_, "to be begun again when its pool has a worker",
                                 outcome.ShortDebugString());
  }
  // Of one that was asked to move, the worker has not ended yet.
  const bool ended = outcome.worker_exit().pid() > 0;
  if (!outcome.has_worker_exit() || (!ended && !could_not)) {
    return world_->tally->Broken(name_, "a worker's exit in the outcome",
                                 outcome.ShortDebugString());
  }
  if (ended && !world_->history->HasEnded(outcome.worker_exit(),
                                          outcome.kind() == v1::Outcome::KIND_WORKER_RECYCLED)) {
    world_->tally->Broken(name_, "an exit that the pool tells of, too",
                          absl::StrCat(outcome.ShortDebugString(), ", of the pool: ",
                                       world_->history->Describe(outcome.worker_exit().pid())));
  }
}

void Life::Confirm(const Plan& plan, const Follower& follower) {
  client::Client& client = world_->clients[random_() % world_->clients.size()];
  const absl::StatusOr<v1::Registration> known = client.GetRegistration(name_);
  if (!known.ok()) {
    return world_->tally->Broken(name_, "to be known after its end", known.status().ToString());
  }
  if (known->state() != v1::Registration::STATE_ENDED ||
      known->last_sequence() != follower.final()->sequence() ||
      known->outcome().SerializeAsString() != follower.final()->outcome().SerializeAsString() ||
      known->pool() != plan.spec.pool) {
    world_->tally->Broken(name_,
                          absl::StrCat("to have ended as its final result says: ",
                                       follower.final()->ShortDebugString()),
                          known->ShortDebugString());
  }
}

void Life::AwaitEnd(const Plan& plan) {
  const absl::Time deadline = absl::Now() + kAwaitBound;
  client::Client& client = world_->clients[random_() % world_->clients.size()];
  while (true) {
    const absl::StatusOr<v1::Registration> known = client.GetRegistration(name_);
    if (!known.ok()) {
      return world_->tally->Broken(name_, "to end when its streams are gone, and be known then",
                                   known.status().ToString());
    }
    if (known->state() == v1::Registration::STATE_ENDED) {
      return JudgeEnd(plan, known->outcome(), nullptr);
    }
    if (absl::Now() >= deadline) {
      return world_->tally->Broken(name_, "to end when its streams are gone",
                                   known->ShortDebugString());
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
}

}  // namespace rsca::soak
