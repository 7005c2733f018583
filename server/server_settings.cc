#include "server/server_settings.h"

#include <utility>

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
  return limits;
}

rpc::StreamDefaults StreamDefaultsOf(const config::v1::ServerConfig& config) {
  return {ToDuration(config.delivery().heartbeat_interval()),
          ToDuration(config.delivery().stall_timeout())};
}

workers::WorkerOptions WorkerOptionsOf(const config::v1::ServerConfig& config) {
  workers::WorkerOptions options;
  options.program = config.worker_program();
  options.log_level = LogLevel(config.logging().level());
  options.max_response_bytes = config.limits().response_bytes();
  options.max_results_per_second = config.limits().results_per_second();
  options.report_wait = ToDuration(config.delivery().report_wait());
  return options;
}

std::vector<workers::PoolOptions> PoolOptionsOf(const config::v1::ServerConfig& config) {
  std::vector<workers::PoolOptions> pools;
  for (const config::v1::Pool& pool : config.pools()) {
    workers::PoolOptions options;
    options.name = pool.name();
    options.startup_time_limit = ToDuration(pool.startup_time_limit());
    options.shutdown_time_limit = ToDuration(pool.shutdown_time_limit());
    options.restart_backoff_min = ToDuration(pool.restart_backoff_min());
    options.restart_backoff_max = ToDuration(pool.restart_backoff_max());
    options.max_plugin_calls = pool.max_plugin_calls();
    for (const config::v1::ProtocolManager& manager : pool.protocol_managers()) {
      options.protocol_managers.push_back(ProtocolManagerOptionsOf(manager));
    }
    pools.push_back(std::move(options));
  }
  return pools;
}

}  // namespace rsca::server
