#include "tests/bench/measure.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

namespace rsca::bench {

int64_t NowNanos() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void PutStamp(char* result) {
  const int64_t now = NowNanos();
  std::memcpy(result, &now, sizeof(now));
}

int64_t GetStamp(std::string_view result) {
  int64_t stamp = 0;
  std::memcpy(&stamp, result.data(), std::min(result.size(), sizeof(stamp)));
  return stamp;
}

void Ticker::Wait() {
  if (interval_nanos_ == 0) return;
  next_ += interval_nanos_;
  const timespec until = {next_ / 1'000'000'000, next_ % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

void Meter::Lane::Count(uint64_t results, std::string_view result) {
  results_.store(results_.load(std::memory_order_relaxed) + results, std::memory_order_relaxed);
  if (!meter_->latencies_) return;
  const int64_t latency = NowNanos() - GetStamp(result);
  const std::lock_guard<std::mutex> lock(mutex_);
  latencies_.push_back(latency);
}

Meter::Lane* Meter::AddLane() {
  const std::lock_guard<std::mutex> lock(mutex_);
  lanes_.push_back(std::unique_ptr<Lane>(new Lane(this)));
  return lanes_.back().get();
}

uint64_t Meter::Results() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  uint64_t results = 0;
  for (const auto& lane : lanes_) results += lane->results_.load(std::memory_order_relaxed);
  return results;
}

void Meter::Reset() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& lane : lanes_) {
    const std::lock_guard<std::mutex> lane_lock(lane->mutex_);
    lane->latencies_.clear();
  }
}

std::vector<int64_t> Meter::Latencies() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<int64_t> latencies;
  for (const auto& lane : lanes_) {
    const std::lock_guard<std::mutex> lane_lock(lane->mutex_);
    latencies.insert(latencies.end(), lane->latencies_.begin(), lane->latencies_.end());
  }
  std::sort(latencies.begin(), latencies.end());
  return latencies;
}

double CpuSeconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::stringstream text;
  text << file.rdbuf();
  const std::string stat = text.str();
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  int64_t user = 0;
  int64_t system = 0;
  fields >> user >> system;
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

uint64_t MemoryBytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::string word;
  while (file >> word) {
    uint64_t kib = 0;
    if (word == "Pss:" && file >> kib) return kib << 10;
  }
  return 0;
}

nlohmann::json Percentiles(const std::vector<int64_t>& sorted_nanos) {
  nlohmann::json json;
  json["count"] = sorted_nanos.size();
  if (sorted_nanos.empty()) return json;
  const auto at = [&](double share) {
    const auto index = static_cast<size_t>(share * static_cast<double>(sorted_nanos.size()));
    return static_cast<double>(sorted_nanos[std::min(index, sorted_nanos.size() - 1)]) / 1000;
  };
  json["p50"] = at(0.5);
  json["p90"] = at(0.9);
  json["p99"] = at(0.99);
  json["max"] = at(1);
  return json;
}

nlohmann::json Observe(const Load& load, Meter* meter, const Processes& processes) {
  std::this_thread::sleep_for(std::chrono::duration<double>(load.warm_up));
  meter->Reset();
  std::map<std::string, double> cpu;
  for (const auto& [name, pid] : processes) cpu[name] -= CpuSeconds(pid);
  const uint64_t results_before = meter->Results();
  const int64_t begin = NowNanos();
  std::this_thread::sleep_for(std::chrono::duration<double>(load.seconds));
  const auto results = static_cast<double>(meter->Results() - results_before);
  const double seconds = static_cast<double>(NowNanos() - begin) / 1e9;
  for (const auto& [name, pid] : processes) cpu[name] += CpuSeconds(pid);
  nlohmann::json json;
  json["results_per_second"] = results / seconds;
  for (const auto& [name, used] : cpu) {
    json["cpu_seconds_per_million"][name] = results > 0 ? used * 1e6 / results : 0;
  }
  if (load.rate > 0) json["latency_us"] = Percentiles(meter->Latencies());
  return json;
}

}  // namespace rsca::bench
