// app list, preload.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/cli/channel_json.h"
#include "client/cli/commands.h"
#include "client/cli/exit_status.h"
#include "client/cli/table.h"
#include "client/cli/text.h"
#include "common/hresult.h"

namespace rsca::cli {
namespace {

// The pool that has the application, unless --pool says.
absl::StatusOr<std::string> PoolOf(Session* session, const std::string& application) {
  const std::string& pool = session->options().pool;
  if (!pool.empty()) return std::string(absl::StripPrefix(pool, "pools/"));
  const auto applications = session->client().ListApplications("", session->CallOptions());
  if (!applications.ok()) return applications.status();
  std::string found;
  for (const v1::Application& one : *applications) {
    if (one.application() != application) continue;
    if (!found.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the pools ", found, " and ", one.pool(), " have it; name one with --pool"));
    }
    found = one.pool();
  }
  if (found.empty()) {
    return absl::NotFoundError(
        absl::StrCat("there is no application `", application, "`; `rsca app list` lists them"));
  }
  return found;
}

}  // namespace

int ListApplications(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const auto applications =
      session->client().ListApplications(session->options().pool, session->CallOptions());
  if (!applications.ok()) return session->Fail(applications.status());
  Table table({{"APPLICATION", Fit::kWhole},
               {"POOL", Fit::kWhole},
               {"SITE", Fit::kLeftOut},
               "VIRTUAL PATH",
               {"STATE", Fit::kWhole},
               {"WORKER", Fit::kLeftOut},
               {"SINCE", Fit::kLeftOut}});
  std::vector<std::string> objects;
  std::vector<std::string> names;
  for (const v1::Application& one : *applications) {
    table.AddRow({one.application(), one.pool(), absl::StrCat(one.site_id()), one.virtual_path(),
                  absl::StrReplaceAll(StateWord(one.state()), {{"_", " "}}), one.worker(),
                  one.has_state_time()
                      ? absl::StrCat(HumanDuration(absl::Now() - ToTime(one.state_time())), " ago")
                      : ""});
    objects.push_back(ToJson(one));
    names.push_back(one.application());
  }
  return session->Finish(
      session->RenderList(table.Render(session->console().out()), objects, names));
}

int PreloadApplication(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const std::string& application = session->options().name;
  const absl::StatusOr<std::string> pool = PoolOf(session, application);
  if (!pool.ok()) return session->Fail(pool.status());
  client::CallOptions call;
  call.timeout = session->options().timeout.value_or(absl::InfiniteDuration());
  const auto preloaded = session->client().PreloadApplication(*pool, application, call);
  if (!preloaded.ok()) return session->Fail(preloaded.status());
  std::string lines = absl::StrCat(application, ": ", StateWord(preloaded->state()), " in ",
                                   preloaded->worker(), "\n");
  for (const v1::PreloadFailure& one : preloaded->failures()) {
    // One of no protocol manager is about all of them.
    absl::StrAppend(&lines, "  ", one.protocol_manager(),
                    one.protocol_manager().empty() ? "" : ": ", HresultText(one.hresult()),
                    one.message().empty() ? "" : ": ", one.message(), "\n");
  }
  const bool loaded = preloaded->state() == v1::Application::STATE_LOADED;
  return session->Finish(
      session->RenderList(EscapeControls(lines, "\n"), {ToJson(*preloaded)}, {application}),
      loaded ? kExitOk : kExitActionFailed);
}

}  // namespace rsca::cli
