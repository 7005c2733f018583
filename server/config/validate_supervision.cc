#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/config/accounts.h"
#include "server/config/capabilities.h"
#include "server/config/scalars.h"
#include "server/config/validate.h"

namespace rsca::config {
namespace {

void ValidateSchedule(const v1::PeriodicRestart& restart, const std::string& path,
                      Problems* problems) {
  std::set<std::string> taken;
  for (int i = 0; i < restart.schedule_size(); ++i) {
    const std::string& time = restart.schedule(i);
    const std::string field = absl::StrCat(path, ".schedule[", i, "]");
    if (!ParseTimeOfDay(time).has_value()) {
      problems->Add(
          field, absl::StrCat("is `", time, "`; expected a time of the day from 00:00 to 23:59"));
    } else if (!taken.insert(time).second) {
      problems->Add(field, absl::StrCat("is `", time, "`, which is there twice"));
    }
  }
}

// The pool would stop, with all its actions, before the one that is at fault is refused.
void ValidateFailures(const v1::Pool& pool, const std::string& path, Problems* problems) {
  const v1::RapidFailProtection& protection = pool.rapid_fail_protection();
  if (!protection.enabled() || !pool.quarantine().enabled()) return;
  if (pool.quarantine().max_failures() < protection.max_failures()) return;
  const std::string quarantine = path + ".quarantine.max_failures";
  const std::string stop = path + ".rapid_fail_protection.max_failures";
  problems->Add(problems->HasPlace(quarantine) ? quarantine : stop,
                absl::StrCat(quarantine, " (", pool.quarantine().max_failures(),
                             ") must be less than ", stop, " (", protection.max_failures(),
                             "), or the pool stops before an action is refused; disable one of "
                             "the two otherwise"));
}

void ValidateAccount(const v1::Pool& pool, const std::string& path, Problems* problems) {
  if (pool.user().empty() && pool.group().empty()) return;
  const std::string user = path + ".user";
  const std::string group = path + ".group";
  if (geteuid() != 0) {
    problems->Add(pool.user().empty() ? group : user, "needs a server that runs as root");
  }
  const absl::Status found = FindAccount(pool.user(), "").status();
  if (!found.ok()) problems->Add(user, found.message());
  if (pool.group().empty()) return;
  const absl::Status group_found = FindGroup(pool.group()).status();
  if (!group_found.ok()) problems->Add(group, group_found.message());
}

void ValidateSandbox(const v1::Sandbox& sandbox, const std::string& path, Problems* problems) {
  for (int i = 0; i < sandbox.keep_capabilities_size(); ++i) {
    const std::string& name = sandbox.keep_capabilities(i);
    if (CapabilityNumber(name).has_value()) continue;
    problems->Add(absl::StrCat(path, ".keep_capabilities[", i, "]"),
                  absl::StrCat("is `", name,
                               "`; expected the name of a Linux capability, such as "
                               "CAP_NET_BIND_SERVICE"));
  }
  const auto check = [&](const auto& paths, const char* name) {
    for (int i = 0; i < paths.size(); ++i) {
      if (paths[i].empty()) {
        problems->Add(absl::StrCat(path, ".", name, "[", i, "]"), "is empty; it needs a path");
      } else if (access(paths[i].c_str(), F_OK) != 0) {
        problems->Add(
            absl::StrCat(path, ".", name, "[", i, "]"),
            absl::StrCat("is `", paths[i], "`, which cannot be found: ", strerror(errno)));
      }
    }
  };
  check(sandbox.read_paths(), "read_paths");
  check(sandbox.write_paths(), "write_paths");
}

void ValidateApplications(const v1::Pool& pool, const std::string& path, Problems* problems) {
  std::set<std::string> taken;
  for (int i = 0; i < pool.applications_size(); ++i) {
    const v1::Application& application = pool.applications(i);
    const std::string field = absl::StrCat(path, ".applications[", i, "]");
    if (!application.id().empty() && !taken.insert(application.id()).second) {
      problems->Add(field + ".id", absl::StrCat("is `", application.id(),
                                                "`, which another application of the pool has"));
    }
    if (application.virtual_path()[0] != '/') {
      problems->Add(field + ".virtual_path",
                    absl::StrCat("is `", application.virtual_path(), "`; it must begin with /"));
    }
  }
}

}  // namespace

void ValidateSupervision(const v1::Pool& pool, const std::string& path, Problems* problems) {
  ValidateSchedule(pool.periodic_restart(), path + ".periodic_restart", problems);
  ValidateFailures(pool, path, problems);
  ValidateAccount(pool, path, problems);
  ValidateSandbox(pool.sandbox(), path + ".sandbox", problems);
  ValidateApplications(pool, path, problems);
}

}  // namespace rsca::config
