#include "tests/soak/soak_pools.h"

#include <map>
#include <string>

namespace rsca::soak {
namespace {

using support::BuiltIn;
using support::Manager;
using Settings = std::map<std::string, std::string>;

Manager CounterOfPool() {
  Manager counter("counter");
  counter.entry_point = "GetCounterOfPool";
  return counter;
}

// Limits that a stopped worker passes soon, and one that works, on a busy machine, does not.
Settings With(const Settings& more) {
  Settings settings = {
      {"startup_time_limit", "30s"},
      {"shutdown_time_limit", "6s"},
      {"ping_interval", "1s"},
      {"ping_response_time", "1500ms"},
      {"restart_backoff_min", "50ms"},
      {"restart_backoff_max", "1s"},
      {"quarantine", "{max_failures: 3, interval: 3s, duration: 2s}"},
      {"rapid_fail_protection", "{enabled: false}"},
  };
  for (const auto& [key, value] : more) settings[key] = value;
  return settings;
}

}  // namespace

support::Config SoakConfig() {
  support::Config config;
  config.Pool(kPlain, {CounterOfPool(), "echo", BuiltIn("process")},
              With({{"rapid_fail_protection", "{max_failures: 5, interval: 4s}"}}));
  config.Pool(kPair, {CounterOfPool(), "hogs_memory"},
              With({{"max_processes", "2"},
                    {"resource_limits", "{memory_kib: 204800, open_files: 512}"},
                    {"periodic_restart", "{private_memory_kib: 163840}"}}));
  config.Pool(
      kTurns, {CounterOfPool(), "aborts_later"},
      With({{"disallow_overlapping_rotation", "true"}, {"periodic_restart", "{requests: 150}"}}));
  config.Pool(kIdle, {CounterOfPool(), "large_responses"},
              With({{"idle_timeout", "500ms"}, {"idle_timeout_action", "suspend"}}));
  // A call may wait for a worker that has to be found hanging, and killed, before the next starts.
  config.Set("timeouts.register", "30s")
      .Set("timeouts.unregister", "30s")
      .Set("timeouts.run", "30s")
      .Set("timeouts.drain", "10s")
      .Set("delivery.detach_grace", "2s")
      // Long enough for lives that look at what has ended, short enough for rounds of some seconds.
      .Set("delivery.ended_retention", "8s");
  return config;
}

}  // namespace rsca::soak
