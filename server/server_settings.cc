#include "server/server_settings.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "server/config/accounts.h"
#include "server/config/capabilities.h"
#include "server/config/scalars.h"

namespace rsca::server {
namespace {

const char* LogLevel(config::v1::Logging::Level level) {
  switch (level) {
    case config::v1::Logging::LEVEL_DEBUG:
      return "debug";
    case config::v1::Logging::LEVEL_WARN:
      return "warn";
    case config::v1::Logging::LEVEL_ERROR:
      return "error";
    default:
      return "info";
  }
}

workers::ProtocolManagerOptions ProtocolManagerOptionsOf(
    const config::v1::ProtocolManager& manager) {
  workers::ProtocolManagerOptions options;
  options.name = manager.name();
  options.library = manager.library();
  options.entry_point = manager.entry_point();
  for (const config::v1::Function& configured : manager.functions()) {
    workers::Function function;
    function.name = configured.name();
    function.summary = configured.summary();
    function.response_content_type = configured.response_content_type();
    function.answers = configured.answers() == config::v1::Function::ANSWERS_ONCE
                           ? workers::Answers::kOnce
                           : workers::Answers::kMany;
    options.functions.push_back(std::move(function));
  }
  return options;
}

workers::PeriodicRestartOptions PeriodicRestartOptionsOf(
    const config::v1::PeriodicRestart& restart) {
  workers::PeriodicRestartOptions options;
  options.time = ToDuration(restart.time());
  for (const std::string& time : restart.schedule()) {
    options.schedule.push_back(config::ParseTimeOfDay(time).value());  // validated
  }
  std::sort(options.schedule.begin(), options.schedule.end());
  options.requests = restart.requests();
  options.private_memory_kib = restart.private_memory_kib();
  options.memory_kib = restart.memory_kib();
  return options;
}

workers::SandboxOptions SandboxOptionsOf(const config::v1::Pool& pool) {
  const config::v1::Sandbox& sandbox = pool.sandbox();
  workers::SandboxOptions options;
  for (const std::string& name : sandbox.keep_capabilities()) {
    options.keep_capabilities.push_back(config::CapabilityNumber(name).value());  // validated
  }
  // Keeping some means dropping the others; so does becoming a user.
  options.drop_capabilities =
      sandbox.drop_capabilities() || !sandbox.keep_capabilities().empty() || !pool.user().empty();
  options.seccomp = sandbox.seccomp();
  options.read_paths.assign(sandbox.read_paths().begin(), sandbox.read_paths().end());
  options.write_paths.assign(sandbox.write_paths().begin(), sandbox.write_paths().end());
  return options;
}

workers::ApplicationOptions ApplicationOptionsOf(const config::v1::Application& application) {
  workers::ApplicationOptions options;
  options.id = application.id();
  options.site_id = application.site_id();
  options.virtual_path = application.virtual_path();
  options.config_path = application.config_path();
  options.preload = application.preload().enabled();
  options.preload_type = application.preload().type();
  options.preload_values.assign(application.preload().values().begin(),
                                application.preload().values().end());
  return options;
}

absl::StatusOr<std::optional<workers::UserOptions>> UserOptionsOf(const config::v1::Pool& pool) {
  if (pool.user().empty() && pool.group().empty()) return std::nullopt;
  absl::StatusOr<config::Account> account = config::FindAccount(pool.user(), pool.group());
  if (!account.ok()) return account.status();
  return workers::UserOptions{account->uid, account->gid, std::move(account->supplementary_gids)};
}

void SetSupervision(const config::v1::Pool& pool, workers::PoolOptions* options) {
  options->startup_time_limit = ToDuration(pool.startup_time_limit());
  options->shutdown_time_limit = ToDuration(pool.shutdown_time_limit());
  options->restart_backoff_min = ToDuration(pool.restart_backoff_min());
  options->restart_backoff_max = ToDuration(pool.restart_backoff_max());
  options->max_processes = pool.max_processes();
  options->pinging_enabled = pool.pinging_enabled();
  options->ping_interval = ToDuration(pool.ping_interval());
  options->ping_response_time = ToDuration(pool.ping_response_time());
  options->idle_timeout = ToDuration(pool.idle_timeout());
  options->suspend_when_idle =
      pool.idle_timeout_action() == config::v1::Pool::IDLE_TIMEOUT_ACTION_SUSPEND;
  options->periodic_restart = PeriodicRestartOptionsOf(pool.periodic_restart());
  options->disallow_overlapping_rotation = pool.disallow_overlapping_rotation();
  const config::v1::RapidFailProtection& protection = pool.rapid_fail_protection();
  options->rapid_fail_protection = {protection.enabled(), protection.max_failures(),
                                    ToDuration(protection.interval())};
  const config::v1::Quarantine& quarantine = pool.quarantine();
  options->quarantine = {quarantine.enabled(), quarantine.max_failures(),
                         ToDuration(quarantine.interval())};
  options->quarantine_duration = ToDuration(quarantine.duration());
}

absl::StatusOr<workers::PoolOptions> OnePoolOptionsOf(const config::v1::Pool& pool) {
  workers::PoolOptions options;
  options.name = pool.name();
  for (const config::v1::ProtocolManager& manager : pool.protocol_managers()) {
    options.protocol_managers.push_back(ProtocolManagerOptionsOf(manager));
  }
  SetSupervision(pool, &options);
  options.max_plugin_calls = pool.max_plugin_calls();
  const config::v1::ResourceLimits& limits = pool.resource_limits();
  options.resource_limits = {limits.cpu_percent(), ToDuration(limits.cpu_reset_interval()),
                             limits.memory_kib(),  limits.open_files(),
                             limits.processes(),   limits.core_size_kib()};
  absl::StatusOr<std::optional<workers::UserOptions>> user = UserOptionsOf(pool);
  if (!user.ok()) return user.status();
  options.user = *std::move(user);
  options.sandbox = SandboxOptionsOf(pool);
  for (const config::v1::Application& application : pool.applications()) {
    options.applications.push_back(ApplicationOptionsOf(application));
  }
  return options;
}

}  // namespace

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

actions::Limits LimitsOf(const config::v1::ServerConfig& config) {
  actions::Limits limits;
  limits.function_name_bytes = config.limits().function_name_bytes();
  limits.arguments_bytes = config.limits().arguments_bytes();
  limits.registrations_per_principal = config.limits().registrations_per_principal();
  limits.registrations = config.limits().registrations();
  limits.streams_per_registration = config.limits().streams_per_registration();
  limits.window_bytes_per_registration = config.limits().window_bytes_per_registration();
  limits.window_bytes = config.limits().window_bytes();
  limits.credit_bytes = config.delivery().credit_bytes();
  limits.detach_grace = ToDuration(config.delivery().detach_grace());
  limits.max_detach_grace = ToDuration(config.delivery().max_detach_grace());
  limits.ended_retention = ToDuration(config.delivery().ended_retention());
  limits.register_timeout = ToDuration(config.timeouts().register_());
  limits.unregister_timeout = ToDuration(config.timeouts().unregister());
  limits.run_timeout = ToDuration(config.timeouts().run());
  limits.ttl = ToDuration(config.journal().ttl());
  limits.max_ttl = ToDuration(config.journal().max_ttl());
  limits.durable_ended_retention = ToDuration(config.journal().ended_retention());
  return limits;
}

journal::JournalOptions JournalOptionsOf(const config::v1::Journal& config) {
  journal::JournalOptions options;
  options.directory = config.directory();
  switch (config.sync()) {
    case config::v1::Journal::SYNC_INTERVAL:
      options.sync.kind = journal::SyncPolicy::Kind::kInterval;
      options.sync.interval = ToDuration(config.sync_interval());
      options.sync.bytes = config.sync_bytes();
      break;
    case config::v1::Journal::SYNC_OFF:
      options.sync.kind = journal::SyncPolicy::Kind::kOff;
      break;
    default:
      options.sync.kind = journal::SyncPolicy::Kind::kAlways;
  }
  options.retention = {config.results_per_registration(), config.bytes_per_registration(),
                       ToDuration(config.max_age())};
  options.max_results = config.results();
  options.max_bytes = config.bytes();
  return options;
}

rpc::StreamDefaults StreamDefaultsOf(const config::v1::ServerConfig& config) {
  return {ToDuration(config.delivery().heartbeat_interval()),
          ToDuration(config.delivery().stall_timeout())};
}

workers::WorkerOptions WorkerOptionsOf(const config::v1::ServerConfig& config,
                                       const std::string& config_file) {
  workers::WorkerOptions options;
  options.program = config.worker_program();
  options.log_level = LogLevel(config.logging().level());
  options.max_response_bytes = config.limits().response_bytes();
  options.max_results_per_second = config.limits().results_per_second();
  options.report_wait = ToDuration(config.delivery().report_wait());
  std::error_code ignored;  // without a current directory the path stays as it is
  if (!config_file.empty()) {
    options.config_file = std::filesystem::absolute(config_file, ignored).lexically_normal();
  }
  return options;
}

absl::StatusOr<std::vector<workers::PoolOptions>> PoolOptionsOf(
    const config::v1::ServerConfig& config) {
  std::vector<workers::PoolOptions> pools;
  for (const config::v1::Pool& pool : config.pools()) {
    absl::StatusOr<workers::PoolOptions> options = OnePoolOptionsOf(pool);
    if (!options.ok()) return options.status();
    pools.push_back(*std::move(options));
  }
  return pools;
}

}  // namespace rsca::server
