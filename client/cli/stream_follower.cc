#include "client/cli/stream_follower.h"

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/exit_status.h"
#include "rsca/client/errors.h"

namespace rsca::cli {

StreamFollower::StreamFollower(Session* session, const std::string& beginning)
    : session_(session), printer_(session->options().format, beginning, &session->console()) {}

void StreamFollower::Watch(WhenInterrupted policy) {
  policy_ = policy;
  interrupts_.Watch(session_->options().timeout.value_or(absl::InfiniteDuration()),
                    [this](const Interruption& interruption) { Interrupt(interruption); });
}

int StreamFollower::Follow(absl::StatusOr<client::ResultStream> stream,
                           std::optional<uint64_t> last) {
  if (!stream.ok()) {
    interrupts_.Stop();
    return ExitStatus(stream.status(), nullptr);
  }
  {
    MutexLock lock(&mutex_);
    stream_ = &*stream;
  }
  PrintAll(&*stream, last);
  // The handler may be using the stream.
  interrupts_.Stop();
  return ExitStatus(stream->status(), &*stream);
}

void StreamFollower::PrintAll(client::ResultStream* stream, std::optional<uint64_t> last) {
  std::string name = stream->registration().name();
  if (!name.empty()) printer_.Begin(stream->registration());
  for (;;) {
    const absl::StatusOr<std::optional<client::Event>> event = stream->Next();
    if (!event.ok() || !event->has_value()) break;
    const v1::Registration& registration = stream->registration();
    if (registration.name() != name) {
      name = registration.name();
      outcome_seen_ = false;
      printer_.Begin(registration);
    }
    printer_.Print(**event, registration);
    const v1::Result* result = (*event)->result();
    if (result != nullptr && result->final()) {
      outcome_seen_ = true;
      outcome_status_ = std::max(outcome_status_, ExitStatusOf(result->outcome()));
    }
    if (last.has_value() && (*event)->sequence() >= *last) {
      outcome_status_ = kExitOk;  // to look at a failure is none
      break;
    }
    // Whoever read the output has gone; the interruption that ends the stream is on its way unless
    // it was for want of room.
    if (session_->console().write_error() != 0) Interrupt({Interruption::Cause::kOutputClosed, 0});
  }
  printer_.End();
}

void StreamFollower::Interrupt(const Interruption& interruption) {
  client::ResultStream* stream = nullptr;
  {
    MutexLock lock(&mutex_);
    if (interruption_.has_value()) return;
    interruption_ = interruption;
    stream = stream_;
    left_ = stream == nullptr || policy_ == WhenInterrupted::kLeave;
  }
  if (stream == nullptr) {
    cancellation_.Cancel();
    return;
  }
  if (policy_ == WhenInterrupted::kUnregister) {
    const absl::Status ended = stream->Unregister();
    if (ended.ok()) return;
    session_->console().Error(absl::StrCat("cannot unregister: ", client::DescribeError(ended)));
    MutexLock lock(&mutex_);
    left_ = true;
  }
  stream->Cancel();
}

int StreamFollower::ExitStatus(const absl::Status& status, const client::ResultStream* stream) {
  std::optional<Interruption> interruption;
  bool left = false;
  {
    MutexLock lock(&mutex_);
    interruption = interruption_;
    left = left_ && absl::IsCancelled(status);
  }
  if (interruption.has_value() && interruption->cause == Interruption::Cause::kOutputClosed) {
    return session_->console().write_error() == 0 ? kExitSignal + SIGPIPE
                                                  : session_->Finish(kExitOk);
  }
  if (left) {
    if (stream != nullptr) TellHowToJoin(*stream);
    if (interruption->cause == Interruption::Cause::kSignal) {
      return kExitSignal + interruption->signal;
    }
    session_->console().Error("the time of --timeout is over");
    return kExitCallFailed;
  }
  if (status.ok()) return session_->Finish(outcome_status_);
  const int failed = session_->Fail(status);
  const std::string reason = client::ErrorReason(status);
  const bool gone = reason == "REGISTRATION_NOT_FOUND" || reason == "SERVER_DRAINING";
  if (stream != nullptr && !gone) TellHowToJoin(*stream);
  return failed;
}

void StreamFollower::TellHowToJoin(const client::ResultStream& stream) const {
  if (outcome_seen_ || stream.registration().name().empty()) return;
  session_->console().Status(absl::StrCat("to join again: rsca attach ",
                                          stream.registration().name(), " --after ",
                                          stream.last_sequence()));
}

}  // namespace rsca::cli
