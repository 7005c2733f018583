// register, attach, results, unregister.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/exit_status.h"
#include "client/cli/stream_follower.h"
#include "client/cli/text.h"

namespace rsca::cli {
namespace {

void FillStreamOptions(Session* session, const client::Cancellation& cancellation,
                       client::StreamOptions* stream) {
  const Options& options = session->options();
  stream->after_sequence = options.after_sequence;
  if (options.batch.has_value()) stream->max_results_per_message = *options.batch;
  if (options.heartbeat.has_value()) stream->heartbeat_interval = *options.heartbeat;
  // Who types a command wants to know at once that no server is there.
  stream->retry.open_limit = absl::ZeroDuration();
  stream->cancellation = cancellation;
  Console* const console = &session->console();
  stream->on_connection_change = [console,
                                  limit = stream->retry.rejoin_limit](const absl::Status& now) {
    console->Status(now.ok() ? "joined again"
                             : absl::StrCat("the connection was lost (", std::string(now.message()),
                                            "); joining again for up to ", HumanDuration(limit)));
  };
  stream->on_journal_change = [console](const std::string& error) {
    console->Status(
        error.empty() ? "the server's journal takes results again"
                      : absl::StrCat("the server's journal takes no results, so the plug-in's are "
                                     "refused at present: ",
                                     error));
  };
}

// An id alone is as good.
std::string RegistrationName(const std::string& name) {
  return absl::StrContains(name, '/') ? name : absl::StrCat("registrations/", name);
}

}  // namespace

int RegisterAction(Session* session) {
  StreamFollower follower(session, "registered");
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const Options& options = session->options();
  std::string arguments;
  if (const auto failed = session->FindArguments(&arguments); failed.has_value()) return *failed;
  client::RegisterOptions stream;
  FillStreamOptions(session, follower.cancellation(), &stream);
  stream.request_id = options.request_id;
  stream.detach_grace = options.detach_grace;
  stream.durable = options.durable;
  stream.ttl = options.ttl;
  follower.Watch(options.durable ? WhenInterrupted::kLeave : WhenInterrupted::kUnregister);
  return follower.Follow(session->client().Register(options.function, arguments, stream));
}

// What is there now; does not wait for more.
int PrintResults(Session* session) {
  StreamFollower follower(session, "results of");
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const Options& options = session->options();
  const std::string name = RegistrationName(options.name);
  const auto registration = session->client().GetRegistration(name, session->CallOptions());
  if (!registration.ok()) return session->Fail(registration.status());
  const uint64_t first = options.from_sequence.value_or(registration->first_sequence());
  const uint64_t newest = registration->last_sequence();
  const uint64_t last = std::min(options.to_sequence.value_or(newest), newest);
  if (first > last) {
    session->console().Status(newest == 0
                                  ? absl::StrCat(name, " has no results yet")
                                  : absl::StrCat("nothing to print: ", name, " has results ",
                                                 registration->first_sequence(), " to ", newest));
    return session->Finish(kExitOk);
  }
  client::StreamOptions stream;
  FillStreamOptions(session, follower.cancellation(), &stream);
  stream.after_sequence = first - 1;
  follower.Watch(WhenInterrupted::kLeave);
  return follower.Follow(session->client().Attach(name, stream), last);
}

int AttachRegistration(Session* session) {
  StreamFollower follower(session, "joined");
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  client::StreamOptions stream;
  FillStreamOptions(session, follower.cancellation(), &stream);
  follower.Watch(WhenInterrupted::kLeave);
  return follower.Follow(
      session->client().Attach(RegistrationName(session->options().name), stream));
}

int Unregister(Session* session) {
  StreamFollower follower(session, "unregistering");
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const std::string& name = session->options().name;
  client::StreamOptions stream;
  FillStreamOptions(session, follower.cancellation(), &stream);
  follower.Watch(WhenInterrupted::kLeave);
  return follower.Follow(absl::StartsWith(name, "registrations/")
                             ? session->client().Unregister(name, stream)
                             : session->client().UnregisterFunction(name, stream));
}

}  // namespace rsca::cli
