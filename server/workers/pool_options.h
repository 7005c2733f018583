// What a worker pool is made from, and what it offers.
#ifndef RSCA_SERVER_WORKERS_POOL_OPTIONS_H_
#define RSCA_SERVER_WORKERS_POOL_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace rsca::workers {

enum class Answers { kUnknown, kOnce, kMany };

// One function that can be called.
struct Function {
  std::string name;
  std::string summary;
  std::string arguments_schema;
  std::string response_content_type;
  Answers answers = Answers::kUnknown;
  bool read_only = false;
  bool idempotent = false;
  bool restartable = false;
  bool at_most_once = false;
  std::string protocol_manager;
  std::string pool;
  std::string unavailable_reason;  // its protocol manager could not be loaded; empty: it was
  std::string refused_why;         // why calls would be refused now, or wait; empty: they are taken
};

struct ProtocolManagerOptions {
  std::string name;
  std::string library;
  std::string entry_point;
  std::vector<Function> functions;  // of one without a catalogue
};

// The fields of `rsca.config.v1.Pool` and its messages, which say what each means.
struct PeriodicRestartOptions {
  absl::Duration time;
  std::vector<absl::Duration> schedule;  // since local midnight, ascending
  uint32_t requests = 0;
  uint64_t private_memory_kib = 0;
  uint64_t memory_kib = 0;
};

struct FailureCount {
  bool enabled = true;
  uint32_t max_failures = 0;
  absl::Duration interval;
};

struct ResourceLimitOptions {
  uint32_t cpu_percent = 0;
  absl::Duration cpu_reset_interval;
  uint64_t memory_kib = 0;
  uint32_t open_files = 0;
  uint32_t processes = 0;
  uint64_t core_size_kib = 0;
};

struct SandboxOptions {
  std::vector<uint32_t> keep_capabilities;
  bool drop_capabilities = false;
  bool seccomp = true;
  std::vector<std::string> read_paths;
  std::vector<std::string> write_paths;
};

// Whom workers run as.
struct UserOptions {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> supplementary_gids;
};

struct ApplicationOptions {
  std::string id;
  uint32_t site_id = 0;
  std::string virtual_path;
  std::string config_path;
  bool preload = false;
  std::string preload_type;
  std::vector<std::string> preload_values;
};

struct PoolOptions {
  std::string name;
  std::vector<ProtocolManagerOptions> protocol_managers;
  absl::Duration startup_time_limit;
  absl::Duration shutdown_time_limit;
  absl::Duration restart_backoff_min;
  absl::Duration restart_backoff_max;
  uint32_t max_plugin_calls = 0;
  uint32_t max_processes = 1;
  bool pinging_enabled = true;
  absl::Duration ping_interval;
  absl::Duration ping_response_time;
  absl::Duration idle_timeout;  // zero: never
  bool suspend_when_idle = false;
  PeriodicRestartOptions periodic_restart;
  bool disallow_overlapping_rotation = false;
  FailureCount rapid_fail_protection;
  FailureCount quarantine;
  absl::Duration quarantine_duration;
  ResourceLimitOptions resource_limits;
  std::optional<UserOptions> user;
  SandboxOptions sandbox;
  std::vector<ApplicationOptions> applications;
};

// The same for all workers.
struct WorkerOptions {
  std::string program;
  std::string log_level;
  uint64_t max_response_bytes = 0;
  uint32_t max_results_per_second = 0;
  absl::Duration report_wait;
  std::string config_file;  // absolute; empty if there is none
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_POOL_OPTIONS_H_
