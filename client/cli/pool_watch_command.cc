// pool watch.
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/commands.h"
#include "client/cli/event_printer.h"
#include "client/cli/exit_status.h"
#include "client/cli/pool_json.h"
#include "client/cli/pool_text.h"
#include "client/cli/stopper.h"
#include "client/cli/text.h"
#include "rsca/client/errors.h"

namespace rsca::cli {
namespace {

EventText TextOf(const v1::WorkerProcessEvent& event) {
  return {EventLine(event, absl::LocalTimeZone()), ToJson(event),
          absl::StrCat(KindWord(event.kind()), " ",
                       event.worker().empty() ? event.pool() : event.worker(),
                       event.function().empty() ? "" : absl::StrCat(" ", event.function()))};
}

client::WatchOptions WatchOptionsOf(Session* session, const client::Cancellation& cancellation) {
  const Options& options = session->options();
  client::WatchOptions watch;
  watch.pool = std::string(absl::StripPrefix(options.name, "pools/"));
  watch.after_sequence = options.after_sequence;
  if (options.heartbeat.has_value()) watch.heartbeat_interval = *options.heartbeat;
  // Who types a command wants to know at once that no server is there.
  watch.retry.open_limit = absl::ZeroDuration();
  watch.cancellation = cancellation;
  Console* const console = &session->console();
  watch.on_connection_change = [console,
                                limit = watch.retry.rejoin_limit](const absl::Status& now) {
    console->Status(now.ok() ? "joined again"
                             : absl::StrCat("the connection was lost (", std::string(now.message()),
                                            "); joining again for up to ", HumanDuration(limit)));
  };
  return watch;
}

// Where to go on after events were lost: with the oldest one that there is.
uint64_t NextAfter(const absl::Status& loss) {
  uint64_t oldest = 1;
  const auto text = client::ErrorMetadata(loss, "oldest_sequence");
  if (!text.has_value() || !absl::SimpleAtoi(*text, &oldest) || oldest == 0) return 0;
  return oldest - 1;
}

// Prints until the stream is lost for good or the output has gone.
absl::Status PrintAll(client::PoolEventStream* stream, Session* session, EventPrinter* printer) {
  while (session->console().write_error() == 0) {
    const absl::StatusOr<v1::WorkerProcessEvent> event = stream->Next();
    if (!event.ok()) return event.status();
    printer->Print(TextOf(*event));
  }
  return absl::OkStatus();
}

}  // namespace

int WatchPools(Session* session) {
  Stopper stopper(session);
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  client::WatchOptions options = WatchOptionsOf(session, stopper.cancellation());
  stopper.Watch();
  EventPrinter printer(session->options().format, &session->console());
  absl::Status status;
  int lost = kExitOk;
  do {
    absl::StatusOr<client::PoolEventStream> stream = session->client().WatchPools(options);
    status = stream.status();
    if (!stream.ok()) break;
    if (session->options().format == Format::kTable) {
      session->console().Status(
          absl::StrCat("watching what comes after event ", stream->last_sequence()));
    }
    status = PrintAll(&*stream, session, &printer);
    if (absl::IsDataLoss(status)) {
      session->console().Error(client::DescribeError(status));
      lost = kExitResultsLost;
      options.after_sequence = NextAfter(status);
      options.server_start.clear();
    }
  } while (absl::IsDataLoss(status));
  printer.End();
  if (const auto interrupted = stopper.ExitStatus(); interrupted.has_value()) {
    return session->Finish(lost == kExitOk ? *interrupted : lost);
  }
  return status.ok() ? session->Finish(lost) : session->Fail(status);
}

}  // namespace rsca::cli
