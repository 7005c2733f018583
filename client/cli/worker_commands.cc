// worker list, show, recycle.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/commands.h"
#include "client/cli/live_view.h"
#include "client/cli/pool_json.h"
#include "client/cli/pool_text.h"
#include "client/cli/text.h"
#include "rsca/client/errors.h"

namespace rsca::cli {
namespace {

// The resource name will do as well.
std::string WorkerOf(const Session& session) {
  const std::string& name = session.options().name;
  return name.substr(name.rfind('/') + 1);
}

// Workers are named `{pool}-{number}`.
std::string PoolOf(const std::string& worker) { return worker.substr(0, worker.rfind('-')); }

std::string Render(const Session& session, const std::vector<v1::Worker>& workers,
                   const Terminal& terminal) {
  std::vector<std::string> objects;
  std::vector<std::string> names;
  for (const v1::Worker& worker : workers) {
    objects.push_back(ToJson(worker));
    names.push_back(worker.worker());
  }
  return session.RenderList(WorkersTable(workers, absl::Now(), terminal), objects, names);
}

// Of a worker that has ended, how it did; of one that never was, which one may be meant.
int FailForWorker(Session* session, const absl::Status& status) {
  const std::string name = WorkerOf(*session);
  std::vector<std::string> names;
  if (client::ErrorReason(status) == "WORKER_NOT_FOUND") {
    const auto pools = session->client().ListWorkerPools(session->CallOptions());
    for (const v1::WorkerPool& pool : pools.ok() ? *pools : std::vector<v1::WorkerPool>()) {
      for (const v1::Worker& worker : pool.workers()) names.push_back(worker.worker());
      for (const v1::WorkerEnd& end : pool.last_ends()) {
        if (end.worker() != name) continue;
        session->console().Error(EndText(end, absl::Now(), name));
        return session->Fail(status);
      }
    }
  }
  return session->FailFor(status, "WORKER_NOT_FOUND", name, names);
}

}  // namespace

int ListWorkers(Session* session) {
  const std::string& pool = session->options().pool;
  if (session->options().watch) {
    LiveView view(session);
    if (const auto failed = session->Connect(); failed.has_value()) return *failed;
    return view.Run(
        [session, &pool](const Terminal& terminal,
                         const client::CallOptions& call) -> absl::StatusOr<std::string> {
          const auto workers = session->client().ListWorkers(pool, call);
          if (!workers.ok()) return workers.status();
          return Render(*session, *workers, terminal);
        });
  }
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const auto workers = session->client().ListWorkers(pool, session->CallOptions());
  if (!workers.ok()) return session->Fail(workers.status());
  return session->Finish(Render(*session, *workers, session->console().out()));
}

int ShowWorker(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const auto worker = session->client().GetWorker(WorkerOf(*session), session->CallOptions());
  if (!worker.ok()) return FailForWorker(session, worker.status());
  switch (session->options().format) {
    case Format::kTable:
      return session->Finish(WorkerDetail(*worker, absl::Now(), session->console().out()));
    case Format::kRaw:
      return session->Finish(absl::StrCat(worker->worker(), "\n"));
    case Format::kJson:
    case Format::kJsonLines:
      break;
  }
  return session->Finish(absl::StrCat(ToJson(*worker), "\n"));
}

int RecycleWorker(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const std::string name = WorkerOf(*session);
  const auto worker =
      session->client().RecycleWorker(name, session->options().reason, session->CallOptions());
  if (!worker.ok()) return FailForWorker(session, worker.status());
  const std::string text =
      worker->worker().empty() ? absl::StrCat(name, ": ended") : RecyclingText(name, PoolOf(name));
  return session->Finish(
      session->RenderList(absl::StrCat(EscapeControls(text), "\n"), {ToJson(*worker)}, {name}));
}

}  // namespace rsca::cli
