// What every measurement of rsca-bench shares: what is asked for, how deliveries are counted while
// they come, and the figures that come of it, as one JSON object.
#ifndef RSCA_TESTS_BENCH_MEASURE_H_
#define RSCA_TESTS_BENCH_MEASURE_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rsca::bench {

// One publisher, some subscribers, each of which gets every result.
struct Load {
  int subscribers = 1;
  size_t bytes = 64;   // of a result; its first 8 are PutStamp's
  int batch = 1;       // results that one message may carry; 1: one message each
  double rate = 0;     // results a second; 0: as fast as they go
  double seconds = 3;  // that count, after the warm-up
  double warm_up = 1;
};

// CLOCK_MONOTONIC, in nanoseconds: the same clock for all processes of a host.
int64_t NowNanos();

// Writes the time into the first 8 bytes of a result; GetStamp reads it.
void PutStamp(char* result);
int64_t GetStamp(std::string_view result);

// Sleeps from tick to tick; a late one is followed at once.
class Ticker {
 public:
  explicit Ticker(double rate)
      : interval_nanos_(rate > 0 ? static_cast<int64_t>(1e9 / rate) : 0), next_(NowNanos()) {}
  void Wait();

 private:
  const int64_t interval_nanos_;
  int64_t next_;
};

// Counts what subscribers get. A lane for each receiving thread; only that thread uses it.
class Meter {
 public:
  class Lane {
   public:
    // Results that came, the last of which is `result`.
    void Count(uint64_t results, std::string_view result);

   private:
    friend class Meter;
    explicit Lane(const Meter* meter) : meter_(meter) {}
    const Meter* const meter_;
    std::atomic<uint64_t> results_{0};
    std::mutex mutex_;
    std::vector<int64_t> latencies_;  // ns
  };

  // `latencies`: also how old each result is when it comes. For loads with a rate.
  explicit Meter(bool latencies) : latencies_(latencies) {}

  Lane* AddLane();
  uint64_t Results() const;
  void Reset();
  // Sorted, since Reset.
  std::vector<int64_t> Latencies() const;

 private:
  const bool latencies_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

// Processes by what they are: `server`, `worker`, `client`. Several of one name add up.
using Processes = std::vector<std::pair<std::string, pid_t>>;

// User and system time since its start, in seconds.
double CpuSeconds(pid_t pid);
// Proportional set size, in bytes: what the process adds to the host's use of memory.
uint64_t MemoryBytes(pid_t pid);

// Lets the load warm up, watches it for its time and returns
//   {"results_per_second": deliveries to all subscribers a second,
//    "cpu_seconds_per_million": {"server": …, "client": …},   of deliveries
//    "latency_us": {"p50": …, "p90": …, "p99": …, "max": …}}   with a rate only
nlohmann::json Observe(const Load& load, Meter* meter, const Processes& processes);

// {"p50": …, "p90": …, "p99": …, "max": …, "count": …} in microseconds, of sorted nanoseconds.
nlohmann::json Percentiles(const std::vector<int64_t>& sorted_nanos);

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_MEASURE_H_
