#include "server/workers/bootstrap.h"

#include <algorithm>
#include <utility>

#include "common/worker_protocol.h"

namespace rsca::workers {
namespace {

worker::v1::FunctionInfo::Answers ToProto(Answers answers) {
  switch (answers) {
    case Answers::kOnce:
      return worker::v1::FunctionInfo::ANSWERS_ONCE;
    case Answers::kMany:
      return worker::v1::FunctionInfo::ANSWERS_MANY;
    case Answers::kUnknown:
      return worker::v1::FunctionInfo::ANSWERS_UNSPECIFIED;
  }
  return worker::v1::FunctionInfo::ANSWERS_UNSPECIFIED;
}

Answers FromProto(worker::v1::FunctionInfo::Answers answers) {
  switch (answers) {
    case worker::v1::FunctionInfo::ANSWERS_ONCE:
      return Answers::kOnce;
    case worker::v1::FunctionInfo::ANSWERS_MANY:
      return Answers::kMany;
    default:
      return Answers::kUnknown;
  }
}

Function FromProto(const worker::v1::FunctionInfo& info, const std::string& pool) {
  Function function;
  function.name = info.name();
  function.summary = info.summary();
  function.arguments_schema = info.arguments_schema();
  function.response_content_type = info.response_content_type();
  function.answers = FromProto(info.answers());
  function.read_only = info.read_only();
  function.idempotent = info.idempotent();
  function.restartable = info.restartable();
  function.at_most_once = info.at_most_once();
  function.protocol_manager = info.protocol_manager();
  function.pool = pool;
  return function;
}

worker::v1::ProtocolManager ToProto(const ProtocolManagerOptions& options) {
  worker::v1::ProtocolManager manager;
  manager.set_name(options.name);
  manager.set_library(options.library);
  manager.set_entry_point(options.entry_point);
  for (const Function& function : options.functions) {
    worker::v1::FunctionInfo* info = manager.add_functions();
    info->set_name(function.name);
    info->set_summary(function.summary);
    info->set_response_content_type(function.response_content_type);
    info->set_answers(ToProto(function.answers));
    info->set_protocol_manager(options.name);
  }
  return manager;
}

worker::v1::Application ToProto(const ApplicationOptions& options) {
  worker::v1::Application application;
  application.set_id(options.id);
  application.set_site_id(options.site_id);
  application.set_virtual_path(options.virtual_path);
  application.set_config_path(options.config_path);
  application.set_preload(options.preload);
  application.set_preload_type(options.preload_type);
  for (const std::string& value : options.preload_values) application.add_preload_values(value);
  return application;
}

// Whole minutes; what is shorter than one, but not off, is one.
uint32_t Minutes(absl::Duration duration) {
  return static_cast<uint32_t>(absl::ToInt64Minutes(absl::Ceil(duration, absl::Minutes(1))));
}

worker::v1::PoolSettings SettingsOf(const PoolOptions& pool, const WorkerOptions& options) {
  worker::v1::PoolSettings settings;
  settings.set_idle_timeout_minutes(Minutes(pool.idle_timeout));
  settings.set_idle_timeout_action(pool.suspend_when_idle ? 1 : 0);
  settings.set_periodic_restart_minutes(Minutes(pool.periodic_restart.time));
  settings.set_periodic_restart_requests(pool.periodic_restart.requests);
  settings.set_periodic_restart_private_memory_kib(pool.periodic_restart.private_memory_kib);
  settings.set_periodic_restart_virtual_memory_kib(pool.periodic_restart.memory_kib);
  settings.set_config_file(options.config_file);
  return settings;
}

bool Any(const std::vector<Function>& functions, std::string Function::*field,
         const std::string& value) {
  return std::any_of(functions.begin(), functions.end(), [field, &value](const Function& function) {
    return function.*field == value;
  });
}

// What a protocol manager should have had.
std::vector<Function> MissingOf(const std::string& manager, const PoolOptions& pool,
                                const std::vector<Function>& loaded,
                                const std::vector<Function>& known) {
  std::vector<Function> missing;
  for (const ProtocolManagerOptions& options : pool.protocol_managers) {
    if (options.name == manager) missing = options.functions;
  }
  // One that was loaded may have fewer functions now than it had: its file is a new one.
  if (Any(loaded, &Function::protocol_manager, manager)) return missing;
  for (const Function& function : known) {
    if (function.protocol_manager == manager) missing.push_back(function);
  }
  return missing;
}

}  // namespace

worker::v1::Bootstrap MakeBootstrap(const PoolOptions& pool, const WorkerOptions& options,
                                    const Worker& worker) {
  worker::v1::Bootstrap bootstrap;
  bootstrap.set_protocol_version(kWorkerProtocolVersion);
  bootstrap.set_worker(worker.name());
  bootstrap.set_pool(pool.name);
  for (const ProtocolManagerOptions& manager : pool.protocol_managers) {
    *bootstrap.add_protocol_managers() = ToProto(manager);
  }
  bootstrap.set_max_response_bytes(options.max_response_bytes);
  bootstrap.set_max_results_per_second(options.max_results_per_second);
  bootstrap.set_report_wait_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(options.report_wait)));
  bootstrap.set_max_plugin_calls(pool.max_plugin_calls);
  bootstrap.set_log_level(options.log_level);
  *bootstrap.mutable_settings() = SettingsOf(pool, options);
  for (const ApplicationOptions& application : pool.applications) {
    *bootstrap.add_applications() = ToProto(application);
  }
  bootstrap.set_recycled(worker.recycled());
  return bootstrap;
}

std::vector<Function> FunctionsOf(const PoolOptions& pool, const worker::v1::Ready& ready,
                                  const std::vector<Function>& known) {
  std::vector<Function> functions;
  for (const worker::v1::FunctionInfo& info : ready.functions()) {
    functions.push_back(FromProto(info, pool.name));
  }
  for (const worker::v1::LoadFailure& failure : ready.failures()) {
    for (Function& function : MissingOf(failure.protocol_manager(), pool, functions, known)) {
      if (Any(functions, &Function::name, function.name)) continue;
      function.pool = pool.name;
      function.protocol_manager = failure.protocol_manager();
      function.unavailable_reason = failure.message();
      functions.push_back(std::move(function));
    }
  }
  return functions;
}

}  // namespace rsca::workers
