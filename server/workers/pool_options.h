// What a worker pool is made from, and what it offers.
#ifndef RSCA_SERVER_WORKERS_POOL_OPTIONS_H_
#define RSCA_SERVER_WORKERS_POOL_OPTIONS_H_

#include <cstdint>
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
  bool worker_ready = false;
};

struct ProtocolManagerOptions {
  std::string name;
  std::string library;
  std::string entry_point;
  std::vector<Function> functions;  // of one without a catalogue
};

struct PoolOptions {
  std::string name;
  std::vector<ProtocolManagerOptions> protocol_managers;
  absl::Duration startup_time_limit;
  absl::Duration shutdown_time_limit;
  absl::Duration restart_backoff_min;
  absl::Duration restart_backoff_max;
  uint32_t max_plugin_calls = 0;
};

// The same for all workers.
struct WorkerOptions {
  std::string program;
  std::string log_level;
  uint64_t max_response_bytes = 0;
  uint32_t max_results_per_second = 0;
  absl::Duration report_wait;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_POOL_OPTIONS_H_
