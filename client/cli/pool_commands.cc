// pool list, show, start, stop, recycle.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/cli/commands.h"
#include "client/cli/live_view.h"
#include "client/cli/pool_json.h"
#include "client/cli/pool_text.h"
#include "client/cli/text.h"

namespace rsca::cli {
namespace {

// The resource name will do as well.
std::string PoolOf(const Session& session) {
  return std::string(absl::StripPrefix(session.options().name, "pools/"));
}

std::string Render(const Session& session, const std::vector<v1::WorkerPool>& pools,
                   const Terminal& terminal) {
  std::vector<std::string> objects;
  std::vector<std::string> names;
  for (const v1::WorkerPool& pool : pools) {
    objects.push_back(ToJson(pool));
    names.push_back(pool.pool());
  }
  return session.RenderList(PoolsTable(pools, absl::Now(), terminal), objects, names);
}

int FailForPool(Session* session, const absl::Status& status) {
  std::vector<std::string> names;
  if (absl::IsNotFound(status)) {
    const auto pools = session->client().ListWorkerPools(session->CallOptions());
    if (pools.ok()) {
      for (const v1::WorkerPool& pool : *pools) names.push_back(pool.pool());
    }
  }
  return session->FailFor(status, "POOL_NOT_FOUND", PoolOf(*session), names);
}

// What a command that changed something says: the pool as it is now.
int FinishChange(Session* session, const absl::StatusOr<v1::WorkerPool>& pool) {
  if (!pool.ok()) return FailForPool(session, pool.status());
  const std::string state = absl::StrReplaceAll(StateWord(pool->state()), {{"_", " "}});
  const std::string why =
      pool->stop_reason().empty() ? "" : absl::StrCat(" (", pool->stop_reason(), ")");
  return session->Finish(
      session->RenderList(EscapeControls(absl::StrCat(pool->pool(), ": ", state, why)) + "\n",
                          {ToJson(*pool)}, {pool->pool()}));
}

}  // namespace

int ListPools(Session* session) {
  if (session->options().watch) {
    LiveView view(session);
    if (const auto failed = session->Connect(); failed.has_value()) return *failed;
    return view.Run([session](const Terminal& terminal,
                              const client::CallOptions& call) -> absl::StatusOr<std::string> {
      const auto pools = session->client().ListWorkerPools(call);
      if (!pools.ok()) return pools.status();
      return Render(*session, *pools, terminal);
    });
  }
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const auto pools = session->client().ListWorkerPools(session->CallOptions());
  if (!pools.ok()) return session->Fail(pools.status());
  return session->Finish(Render(*session, *pools, session->console().out()));
}

int ShowPool(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const auto pool = session->client().GetWorkerPool(PoolOf(*session), session->CallOptions());
  if (!pool.ok()) return FailForPool(session, pool.status());
  switch (session->options().format) {
    case Format::kTable:
      return session->Finish(PoolDetail(*pool, absl::Now(), session->console().out()));
    case Format::kRaw:
      return session->Finish(absl::StrCat(pool->pool(), "\n"));
    case Format::kJson:
    case Format::kJsonLines:
      break;
  }
  return session->Finish(absl::StrCat(ToJson(*pool), "\n"));
}

int StartPool(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  return FinishChange(session,
                      session->client().StartPool(PoolOf(*session), session->CallOptions()));
}

int StopPool(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  return FinishChange(session,
                      session->client().StopPool(PoolOf(*session), session->options().reason,
                                                 session->CallOptions()));
}

int RecyclePool(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const auto pool = session->client().RecyclePool(PoolOf(*session), session->options().reason,
                                                  session->CallOptions());
  if (!pool.ok()) return FailForPool(session, pool.status());
  const std::string text = pool->workers().empty()
                               ? absl::StrCat(pool->pool(), ": has no workers to replace")
                               : RecyclingText(pool->pool(), pool->pool());
  return session->Finish(session->RenderList(absl::StrCat(EscapeControls(text), "\n"),
                                             {ToJson(*pool)}, {pool->pool()}));
}

}  // namespace rsca::cli
