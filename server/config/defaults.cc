#include "server/config/defaults.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/default_paths.h"
#include "server/config/schema.h"

namespace rsca::config {
namespace {

// Sets a field of a section unless the file did.
#define RSCA_DEFAULT_DURATION(section, field, value) \
  if (!(section)->has_##field()) SetDuration(value, (section)->mutable_##field())
#define RSCA_DEFAULT_NUMBER(section, field, value) \
  if ((section)->field() == 0) (section)->set_##field(value)
#define RSCA_DEFAULT_BOOL(section, field, value) \
  if (!(section)->has_##field()) (section)->set_##field(value)
#define RSCA_DEFAULT_TEXT(section, field, value) \
  if ((section)->field().empty()) (section)->set_##field(value)

void ApplyManagerDefaults(const Installation& installation, v1::ProtocolManager* manager) {
  RSCA_DEFAULT_TEXT(manager, library, installation.BuiltInLibrary(manager->name()));
  RSCA_DEFAULT_TEXT(manager, entry_point, "GetProtocolManager");
  for (v1::Function& function : *manager->mutable_functions()) {
    RSCA_DEFAULT_NUMBER(&function, answers, v1::Function::ANSWERS_MANY);
  }
}

void ApplyFailureDefaults(v1::Pool* pool) {
  v1::RapidFailProtection* protection = pool->mutable_rapid_fail_protection();
  RSCA_DEFAULT_BOOL(protection, enabled, true);
  RSCA_DEFAULT_NUMBER(protection, max_failures, 5);
  RSCA_DEFAULT_DURATION(protection, interval, absl::Minutes(5));
  v1::Quarantine* quarantine = pool->mutable_quarantine();
  // The pool would stop before an action is refused.
  const bool pool_stops_first = protection->enabled() && protection->max_failures() == 1;
  RSCA_DEFAULT_BOOL(quarantine, enabled, !pool_stops_first);
  const uint32_t most = protection->enabled() ? protection->max_failures() - 1 : 3;
  RSCA_DEFAULT_NUMBER(quarantine, max_failures, std::clamp<uint32_t>(most, 1, 3));
  RSCA_DEFAULT_DURATION(quarantine, interval, absl::Minutes(5));
  RSCA_DEFAULT_DURATION(quarantine, duration, absl::Minutes(10));
}

void ApplyApplicationDefaults(v1::Application* application) {
  RSCA_DEFAULT_TEXT(application, virtual_path, "/");
  RSCA_DEFAULT_TEXT(application, config_path, application->id());
}

void ApplyPoolDefaults(const Installation& installation, v1::Pool* pool) {
  for (v1::ProtocolManager& manager : *pool->mutable_protocol_managers()) {
    ApplyManagerDefaults(installation, &manager);
  }
  RSCA_DEFAULT_DURATION(pool, startup_time_limit, absl::Seconds(90));
  RSCA_DEFAULT_DURATION(pool, shutdown_time_limit, absl::Seconds(90));
  RSCA_DEFAULT_DURATION(pool, restart_backoff_min, absl::Milliseconds(100));
  RSCA_DEFAULT_DURATION(pool, restart_backoff_max, absl::Seconds(30));
  RSCA_DEFAULT_NUMBER(pool, max_plugin_calls, 64);
  RSCA_DEFAULT_NUMBER(pool, max_processes, 1);
  RSCA_DEFAULT_BOOL(pool, pinging_enabled, true);
  RSCA_DEFAULT_DURATION(pool, ping_interval, absl::Seconds(30));
  RSCA_DEFAULT_DURATION(pool, ping_response_time, absl::Seconds(90));
  RSCA_DEFAULT_DURATION(pool, idle_timeout, absl::Minutes(20));
  RSCA_DEFAULT_NUMBER(pool, idle_timeout_action, v1::Pool::IDLE_TIMEOUT_ACTION_TERMINATE);
  // The other causes of periodic_restart are off, as are all resource_limits: 0 is their default.
  RSCA_DEFAULT_DURATION(pool->mutable_resource_limits(), cpu_reset_interval, absl::Minutes(5));
  RSCA_DEFAULT_DURATION(pool->mutable_periodic_restart(), time, absl::Hours(29));
  ApplyFailureDefaults(pool);
  RSCA_DEFAULT_BOOL(pool->mutable_sandbox(), seccomp, true);
  for (v1::Application& application : *pool->mutable_applications()) {
    ApplyApplicationDefaults(&application);
  }
}

void ApplyLimitsDefaults(v1::Limits* limits) {
  RSCA_DEFAULT_NUMBER(limits, function_name_bytes, 256);
  RSCA_DEFAULT_NUMBER(limits, arguments_bytes, 64 << 10);
  RSCA_DEFAULT_NUMBER(limits, response_bytes, 1 << 20);
  RSCA_DEFAULT_NUMBER(limits, registrations_per_principal, 10'000);
  RSCA_DEFAULT_NUMBER(limits, registrations, 12'000);
  RSCA_DEFAULT_NUMBER(limits, streams_per_registration, 1024);
  RSCA_DEFAULT_NUMBER(limits, window_bytes_per_registration, 8 << 20);
  RSCA_DEFAULT_NUMBER(limits, window_bytes, 1 << 30);
  // results_per_second: 0 is its default and means no limit.
}

void ApplyDeliveryDefaults(v1::Delivery* delivery) {
  RSCA_DEFAULT_DURATION(delivery, detach_grace, absl::Seconds(10));
  RSCA_DEFAULT_DURATION(delivery, max_detach_grace, absl::Hours(1));
  RSCA_DEFAULT_DURATION(delivery, heartbeat_interval, absl::Seconds(15));
  RSCA_DEFAULT_DURATION(delivery, stall_timeout, absl::Seconds(30));
  RSCA_DEFAULT_DURATION(delivery, ended_retention, absl::Minutes(5));
  RSCA_DEFAULT_NUMBER(delivery, credit_bytes, 64 << 10);
  RSCA_DEFAULT_DURATION(delivery, report_wait, absl::Seconds(60));
}

void ApplyTimeoutsDefaults(v1::Timeouts* timeouts) {
  RSCA_DEFAULT_DURATION(timeouts, register_, absl::Seconds(30));
  RSCA_DEFAULT_DURATION(timeouts, unregister, absl::Seconds(30));
  RSCA_DEFAULT_DURATION(timeouts, run, absl::Minutes(5));
  RSCA_DEFAULT_DURATION(timeouts, drain, absl::Seconds(30));
}

void ApplyJournalDefaults(const std::string& state_dir, v1::Journal* journal) {
  RSCA_DEFAULT_TEXT(journal, directory, absl::StrCat(state_dir, "/journal"));
  RSCA_DEFAULT_NUMBER(journal, sync, v1::Journal::SYNC_ALWAYS);
  RSCA_DEFAULT_DURATION(journal, sync_interval, absl::Milliseconds(100));
  RSCA_DEFAULT_NUMBER(journal, sync_bytes, 1 << 20);
  // results_per_registration, results: 0 is their default and means no limit.
  RSCA_DEFAULT_NUMBER(journal, bytes_per_registration, 256 << 20);
  RSCA_DEFAULT_NUMBER(journal, bytes, uint64_t{4} << 30);
  RSCA_DEFAULT_DURATION(journal, max_age, absl::Hours(7 * 24));
  RSCA_DEFAULT_DURATION(journal, ended_retention, absl::Hours(24));
  RSCA_DEFAULT_DURATION(journal, ttl, absl::Hours(24));
  RSCA_DEFAULT_DURATION(journal, max_ttl, absl::Hours(30 * 24));
}

}  // namespace

void ApplyDefaults(const Installation& installation, v1::ServerConfig* config) {
  // A server beside the host's has a place of its own, and so its journal.
  ApplyJournalDefaults(config->runtime_dir().empty() ? DefaultStateDir() : config->runtime_dir(),
                       config->mutable_journal());
  RSCA_DEFAULT_TEXT(config, runtime_dir, DefaultRuntimeDir());
  RSCA_DEFAULT_TEXT(config, worker_program, installation.WorkerProgram());
  if (config->listeners().empty()) {
    config->add_listeners()->set_address(
        absl::StrCat("unix:", config->runtime_dir(), "/rscad.sock"));
  }
  if (config->pools().empty()) {
    v1::Pool* pool = config->add_pools();
    pool->set_name("default");
    for (const absl::string_view name : kDefaultManagers) {
      pool->add_protocol_managers()->set_name(std::string(name));
    }
  }
  for (v1::Pool& pool : *config->mutable_pools()) ApplyPoolDefaults(installation, &pool);
  ApplyLimitsDefaults(config->mutable_limits());
  ApplyDeliveryDefaults(config->mutable_delivery());
  ApplyTimeoutsDefaults(config->mutable_timeouts());
  RSCA_DEFAULT_NUMBER(config->mutable_logging(), level, v1::Logging::LEVEL_INFO);
}

}  // namespace rsca::config
