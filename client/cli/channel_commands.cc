// channel list, start, stop.
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/cli/arguments.h"
#include "client/cli/channel_json.h"
#include "client/cli/commands.h"
#include "client/cli/event_printer.h"
#include "client/cli/exit_status.h"
#include "client/cli/live_view.h"
#include "client/cli/stopper.h"
#include "client/cli/table.h"
#include "client/cli/text.h"
#include "common/hresult.h"

namespace rsca::cli {
namespace {

std::string Render(const Session& session, const std::vector<v1::ListenerChannel>& channels,
                   const Terminal& terminal) {
  Table table({{"ID", Fit::kWhole},
               {"PROTOCOL", Fit::kWhole},
               {"STATE", Fit::kWhole},
               {"ARGUMENTS", Fit::kWhole},  // tells channels of a protocol apart
               {"MESSAGES", Fit::kLeftOut},
               {"AGE", Fit::kLeftOut},
               {"WORKER", Fit::kLeftOut},
               {"POOL", Fit::kLeftOut},
               {"MANAGER", Fit::kLeftOut},
               "NOTE"});
  std::vector<std::string> objects;
  std::vector<std::string> names;
  for (const v1::ListenerChannel& one : channels) {
    table.AddRow({absl::StrCat(one.id()), one.protocol(), StateWord(one.state()),
                  BlobText(one.blob()), absl::StrCat(one.message_count()),
                  HumanDuration(absl::Now() - ToTime(one.create_time())), one.worker(), one.pool(),
                  one.protocol_manager(), one.detail()});
    objects.push_back(ToJson(one));
    names.push_back(absl::StrCat(one.id()));
  }
  return session.RenderList(table.Render(terminal), objects, names);
}

std::string Line(const v1::ListenerChannelEvent& event) {
  const v1::ListenerChannel& channel = event.listener_channel();
  const std::string who = absl::StrCat(channel.id(), " (", channel.protocol(), ") ");
  switch (event.kind()) {
    case v1::ListenerChannelEvent::KIND_STARTED:
      return absl::StrCat(who, "started by ", channel.protocol_manager(), " in ", channel.worker());
    case v1::ListenerChannelEvent::KIND_MESSAGES_RECEIVED:
      return absl::StrCat(who, "received ", event.messages_received(), ", ",
                          channel.message_count(), " in all");
    case v1::ListenerChannelEvent::KIND_STOPPED: {
      std::string text = absl::StrCat(who, "stopped");
      if (!HrSucceeded(channel.hresult())) {
        absl::StrAppend(&text, ": ", HresultText(channel.hresult()));
      }
      if (!channel.detail().empty()) absl::StrAppend(&text, ": ", channel.detail());
      return text;
    }
    default:
      return absl::StrCat(who, "reported something that this rsca does not know");
  }
}

EventText TextOf(const v1::ListenerChannelEvent& event) {
  const bool started = event.kind() == v1::ListenerChannelEvent::KIND_STARTED;
  return {EscapeControls(Line(event)), ToJson(event),
          started ? absl::StrCat(event.listener_channel().id()) : ""};
}

// Follows a stream to its end, or until it says that the channel has started.
int Follow(Session* session, Stopper* stopper, absl::StatusOr<client::ChannelStream> stream,
           bool until_started) {
  absl::Status status = stream.status();
  int ended = kExitOk;
  bool left = false;
  EventPrinter printer(session->options().format, &session->console());
  while (status.ok() && session->console().write_error() == 0) {
    const auto event = stream->Next();
    status = event.status();
    if (!event.ok() || !event->has_value()) break;
    printer.Print(TextOf(**event));
    if ((*event)->kind() == v1::ListenerChannelEvent::KIND_STOPPED &&
        !HrSucceeded((*event)->listener_channel().hresult())) {
      ended = kExitActionFailed;
    }
    left = until_started && (*event)->kind() == v1::ListenerChannelEvent::KIND_STARTED;
    if (left) break;
  }
  if (stream.ok()) printer.End();
  const std::optional<int> interrupted = stopper->ExitStatus();
  const bool goes_on =
      stream.ok() && stream->channel().state() != v1::ListenerChannel::STATE_STOPPED;
  if (goes_on && (left || interrupted.has_value() || !status.ok()) &&
      session->options().format == Format::kTable) {
    session->console().Status(
        absl::StrCat("it goes on; to stop it: rsca channel stop ", stream->channel().id()));
  }
  if (interrupted.has_value()) return session->Finish(*interrupted);
  return status.ok() ? session->Finish(ended) : session->Fail(status);
}

// The pool of --pool, or the only one that there is; else the exit status, after the report.
std::optional<int> FindPool(Session* session, std::string* pool) {
  *pool = std::string(absl::StripPrefix(session->options().pool, "pools/"));
  if (!pool->empty()) return std::nullopt;
  const auto pools = session->client().ListWorkerPools(session->CallOptions());
  if (!pools.ok()) return session->Fail(pools.status());
  std::vector<std::string> names;
  for (const v1::WorkerPool& one : *pools) names.push_back(one.pool());
  if (names.size() == 1) {
    *pool = names.front();
    return std::nullopt;
  }
  session->console().Error(absl::StrCat("name the pool with --pool: ", absl::StrJoin(names, ", ")));
  return kExitUsage;
}

// What --blob or the arguments say.
absl::StatusOr<std::string> BlobOf(const Options& options) {
  if (!options.blob_file.empty()) {
    if (!options.arguments.words.empty()) {
      return absl::InvalidArgumentError("give --blob or arguments, not both");
    }
    return ReadBytes(options.blob_file);
  }
  if (options.arguments.words.empty()) return "";
  return ArgumentsFor(options.function, R"({"type": "object", "additionalProperties": true})",
                      options.arguments);
}

// `listenerChannels/7` or `7`; nothing, after a report, if it is neither.
std::optional<uint32_t> IdOf(Session* session) {
  uint32_t id = 0;
  const std::string& name = session->options().name;
  if (absl::SimpleAtoi(absl::StripPrefix(name, "listenerChannels/"), &id)) return id;
  session->console().Error(
      absl::StrCat("`", name, "` is no listener channel's id; `rsca channel list` lists them"));
  return std::nullopt;
}

}  // namespace

int ListChannels(Session* session) {
  if (session->options().watch) {
    LiveView view(session);
    if (const auto failed = session->Connect(); failed.has_value()) return *failed;
    return view.Run([session](const Terminal& terminal,
                              const client::CallOptions& call) -> absl::StatusOr<std::string> {
      const auto channels = session->client().ListChannels(call);
      if (!channels.ok()) return channels.status();
      return Render(*session, *channels, terminal);
    });
  }
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const auto channels = session->client().ListChannels(session->CallOptions());
  if (!channels.ok()) return session->Fail(channels.status());
  return session->Finish(Render(*session, *channels, session->console().out()));
}

int StartChannel(Session* session) {
  Stopper stopper(session);
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const Options& options = session->options();
  absl::StatusOr<std::string> blob = BlobOf(options);
  if (!blob.ok()) {
    session->console().Error(std::string(blob.status().message()));
    return kExitUsage;
  }
  client::StartChannelOptions start;
  if (const auto failed = FindPool(session, &start.pool); failed.has_value()) return *failed;
  start.protocol = options.function;
  start.blob = *std::move(blob);
  start.protocol_manager = options.protocol_manager;
  start.cancellation = stopper.cancellation();
  stopper.Watch();
  return Follow(session, &stopper, session->client().StartChannel(start), options.detach);
}

int StopChannel(Session* session) {
  Stopper stopper(session);
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const std::optional<uint32_t> id = IdOf(session);
  if (!id.has_value()) return kExitUsage;
  client::StopChannelOptions stop;
  stop.immediate = session->options().immediate;
  stop.cancellation = stopper.cancellation();
  stopper.Watch();
  return Follow(session, &stopper, session->client().StopChannel(*id, stop), false);
}

}  // namespace rsca::cli
