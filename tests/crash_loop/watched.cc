#include "tests/crash_loop/watched.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status.h"

namespace rsca::crash_loop {
namespace {

using soak::RawStream;
using v1::Outcome;
using v1::WorkerExit;

constexpr std::uint32_t kResultsPerMessage = 64;

// A failure bound: the next event must have come long before.
constexpr absl::Duration kStalled = absl::Seconds(60);

// The bytes of an event, as they are sent.
std::size_t HashOf(const client::Event& event) {
  return std::hash<std::string>()(event.result() != nullptr
                                      ? event.result()->SerializeAsString()
                                      : event.interruption()->SerializeAsString());
}

// Ends a stream that has stalled.
class Watchdog {
 public:
  Watchdog(Timers* timers, RawStream* stream) : timers_(timers), stream_(stream) { Arm(); }
  ~Watchdog() { timers_->Cancel(id_); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // An event has come.
  void OnEvent() {
    timers_->Cancel(id_);
    Arm();
  }

 private:
  void Arm() {
    id_ = timers_->After(kStalled, [stream = stream_] { stream->Cancel(); });
  }

  Timers* const timers_;
  RawStream* const stream_;
  Timers::Id id_ = 0;
};

}  // namespace

Watched::Watched(soak::Tally* tally, Timers* timers, soak::ActionSpec spec, std::string request_id)
    : tally_(tally), timers_(timers), spec_(std::move(spec)), request_id_(std::move(request_id)) {}

void Watched::Register(v1::CustomActions::Stub* stub, std::uint64_t events) {
  v1::RegisterCustomActionRequest request;
  request.set_function(spec_.function);
  request.set_arguments(spec_.Arguments());
  request.set_request_id(request_id_);
  request.set_durable(true);
  request.set_max_results_per_message(kResultsPerMessage);
  request.set_after_sequence(held());
  auto stream = RawStream::Register(stub, request);
  if (!stream.ok()) {
    // The server was killed meanwhile, or has no worker yet, or that was killed in the call.
    if (stream.status().code() != absl::StatusCode::kUnavailable &&
        ErrorReason(stream.status()) != "WORKER_CRASHED") {
      Broken("a registration", stream.status().ToString());
    }
    tally_->Count("refused");
    return;
  }
  const std::string& name = (*stream)->registration().name();
  if (name_.empty()) {
    tally_->Count("registered");
    name_ = name;
    follower_ = std::make_unique<soak::Follower>(tally_, name_, spec_, 0);
  } else if (name != name_) {
    Broken(absl::StrCat("request id ", request_id_, " to join ", name_), name);
    return;
  } else {
    tally_->Count("joined by request id");
  }
  Take(stream->get(), events);
}

void Watched::Read(v1::CustomActions::Stub* stub, std::uint64_t events) {
  const std::unique_ptr<RawStream> stream = Attach(stub, held());
  if (stream != nullptr) Take(stream.get(), events);
}

void Watched::Unregister(v1::CustomActions::Stub* stub) {
  v1::UnregisterCustomActionRequest request;
  request.set_name(name_);
  asked_to_end_ = true;
  const auto stream = RawStream::Unregister(stub, request);
  if (stream.ok()) {
    tally_->Count("unregistered");
    agreed_to_end_ = true;
  } else if (stream.status().code() != absl::StatusCode::kUnavailable) {
    Broken("to be unregistered", stream.status().ToString());
  }
}

std::unique_ptr<RawStream> Watched::Attach(v1::CustomActions::Stub* stub, std::uint64_t after) {
  v1::AttachCustomActionRequest request;
  request.set_name(name_);
  request.set_after_sequence(after);
  request.set_max_results_per_message(kResultsPerMessage);
  auto stream = RawStream::Attach(stub, request);
  if (stream.ok()) return *std::move(stream);
  if (stream.status().code() != absl::StatusCode::kUnavailable) {
    Broken(absl::StrCat("to join after sequence ", after), stream.status().ToString());
  }
  return nullptr;
}

bool Watched::Take(RawStream* stream, std::uint64_t events) {
  Watchdog watchdog(timers_, stream);
  for (std::uint64_t i = 0; i < events; ++i) {
    auto event = stream->Next();
    if (!event.ok()) {
      if (event.status().code() != absl::StatusCode::kUnavailable) {
        Broken(absl::StrCat("sequence ", held() + 1),
               absl::StrCat(event.status().ToString(), "; joined when it was ",
                            stream->registration().ShortDebugString()));
      }
      return false;
    }
    if (!event->has_value()) return true;
    watchdog.OnEvent();
    follower_->OnEvent(**event);
    hashes_.push_back(HashOf(**event));
  }
  return true;
}

void Watched::Verify(v1::CustomActions::Stub* stub, const Deeds& deeds, bool known) {
  Replay(stub);
  if (ended()) return JudgeEnd(deeds);
  const std::unique_ptr<RawStream> stream = Attach(stub, held());
  if (stream == nullptr) return Broken("to be joined after the restart", "nothing");
  const bool must_have_ended = known && MustHaveEnded();
  const std::uint64_t there = stream->registration().last_sequence();
  Take(stream.get(), must_have_ended ? kAll : there - held());
  if (must_have_ended && !ended()) {
    Broken(agreed_to_end_ ? "to have ended: the server had agreed"
                          : "to have ended: it is not restartable",
           stream->registration().ShortDebugString());
  }
  if (ended()) JudgeEnd(deeds);
}

// From the beginning on: what was read is still there, and the same.
void Watched::Replay(v1::CustomActions::Stub* stub) {
  const std::unique_ptr<RawStream> stream = Attach(stub, 0);
  if (stream == nullptr) return Broken("to be replayed after the restart", "nothing");
  Watchdog watchdog(timers_, stream.get());
  for (std::uint64_t i = 0; i < held(); ++i) {
    const auto event = stream->Next();
    if (!event.ok() || !event->has_value()) {
      return Broken(absl::StrCat("sequence ", i + 1, " of ", held(), " that were read"),
                    event.ok() ? "the end" : event.status().ToString());
    }
    watchdog.OnEvent();
    if (HashOf(**event) != hashes_[i]) {
      return Broken(absl::StrCat("sequence ", i + 1, " with the same bytes"), "others");
    }
  }
  tally_->Count("replays");
}

bool Watched::MustHaveEnded() const { return agreed_to_end_ || !spec_.restartable; }

void Watched::JudgeEnd(const Deeds& deeds) {
  if (std::exchange(judged_, true)) return;
  const v1::Result& last = *follower_->final();
  const Outcome& outcome = last.outcome();
  tally_->Count(absl::StrCat("outcome ", Outcome::Kind_Name(outcome.kind())));
  // A restartable one begins again, unless it is on its way to its end.
  const bool may_end_with_worker = !spec_.restartable || asked_to_end_;
  bool explained = false;
  switch (outcome.kind()) {
    case Outcome::KIND_UNREGISTERED:
      explained = asked_to_end_;
      break;
    case Outcome::KIND_COMPLETED:
      explained = follower_->CountedToTheEnd();
      break;
    case Outcome::KIND_CANCELLED:
      explained = deeds.stopped_server && may_end_with_worker;
      break;
    case Outcome::KIND_WORKER_CRASHED:
      explained = outcome.worker_exit().reason() == WorkerExit::REASON_SERVER_ENDED
                      ? !spec_.restartable
                      : deeds.killed_worker && may_end_with_worker;
      break;
    default:
      break;
  }
  if (!explained) Broken("an outcome that what was done explains", last.ShortDebugString());
}

void Watched::VerifyShown(const v1::Registration& shown) {
  if (!ended()) return;
  const v1::Result& last = *follower_->final();
  if (shown.state() != v1::Registration::STATE_ENDED || shown.last_sequence() != last.sequence() ||
      shown.outcome().SerializeAsString() != last.outcome().SerializeAsString()) {
    Broken(absl::StrCat("to be shown with its end: ", last.ShortDebugString()),
           shown.ShortDebugString());
  }
}

void Watched::Broken(const std::string& expected, const std::string& seen) {
  tally_->Broken(name_.empty() ? request_id_ : name_, expected, seen);
}

}  // namespace rsca::crash_loop
