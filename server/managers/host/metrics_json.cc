#include "server/managers/host/metrics_json.h"

#include <cmath>

namespace rsca::managers {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kFractionDigits = 1e4;
constexpr double kRateDigits = 1e3;

double Round(double value, double digits) { return std::round(value * digits) / digits; }

uint64_t Increase(uint64_t before, uint64_t now) { return now > before ? now - before : 0; }

// Adds up to one; null when no tick was counted.
Json CpuFractions(const CpuTicks& before, const CpuTicks& now) {
  CpuTicks spent{};
  uint64_t total = 0;
  for (size_t state = 0; state < kCpuStates; ++state) {
    spent[state] = Increase(before[state], now[state]);
    total += spent[state];
  }
  if (total == 0) return nullptr;
  Json fractions = Json::object();
  for (size_t state = 0; state < kCpuStates; ++state) {
    fractions[kCpuStateNames[state]] =
        Round(static_cast<double>(spent[state]) / static_cast<double>(total), kFractionDigits);
  }
  return fractions;
}

Json Cpu(const Stat& before, const Stat& now) {
  Json cpu = Json::object();
  if (before.total.has_value() && now.total.has_value()) {
    Json total = CpuFractions(*before.total, *now.total);
    if (!total.is_null()) cpu["total"] = std::move(total);
  }
  Json cores = Json::array();
  for (const auto& [number, ticks] : now.cores) {
    const auto earlier = before.cores.find(number);
    if (earlier == before.cores.end()) continue;
    const Json fractions = CpuFractions(earlier->second, ticks);
    if (fractions.is_null()) continue;
    Json core = {{"core", number}};
    core.update(fractions);
    cores.push_back(std::move(core));
  }
  if (!cores.empty()) cpu["cores"] = std::move(cores);
  return cpu;
}

Json Memory(const std::map<std::string, uint64_t>& memory) {
  static constexpr struct {
    const char* kernel;
    const char* json;
  } kNames[] = {{"MemTotal", "total_bytes"},         {"MemFree", "free_bytes"},
                {"MemAvailable", "available_bytes"}, {"Buffers", "buffers_bytes"},
                {"Cached", "cached_bytes"},          {"Dirty", "dirty_bytes"},
                {"SwapTotal", "swap_total_bytes"},   {"SwapFree", "swap_free_bytes"}};
  Json json = Json::object();
  for (const auto& name : kNames) {
    const auto found = memory.find(name.kernel);
    if (found != memory.end()) json[name.json] = found->second;
  }
  return json;
}

Json LoadJson(const std::optional<Load>& load) {
  if (!load.has_value()) return nullptr;
  return {{"1m", load->one_minute},
          {"5m", load->five_minutes},
          {"15m", load->fifteen_minutes},
          {"running_threads", load->running},
          {"threads", load->threads}};
}

// A counter of a device and the name of its rate.
template <typename Counters>
struct Rate {
  const char* name;
  uint64_t Counters::*counter;
};

// Rates of the devices that both readings know.
template <typename Counters, size_t kCount>
Json Rates(const char* key, const std::map<std::string, Counters>& before,
           const std::map<std::string, Counters>& now, double seconds,
           const Rate<Counters> (&rates)[kCount]) {
  Json devices = Json::array();
  for (const auto& [name, counters] : now) {
    const auto earlier = before.find(name);
    if (earlier == before.end()) continue;
    Json device = {{key, name}};
    for (const Rate<Counters>& rate : rates) {
      const uint64_t increase = Increase(earlier->second.*rate.counter, counters.*rate.counter);
      device[rate.name] = Round(static_cast<double>(increase) / seconds, kRateDigits);
    }
    devices.push_back(std::move(device));
  }
  return devices;
}

Json Disks(const Reading& before, const Reading& now, double seconds) {
  static constexpr Rate<DiskCounters> kRates[] = {
      {"read_bytes_per_second", &DiskCounters::read_bytes},
      {"written_bytes_per_second", &DiskCounters::written_bytes},
      {"reads_per_second", &DiskCounters::reads},
      {"writes_per_second", &DiskCounters::writes},
      {"busy_ms_per_second", &DiskCounters::busy_ms}};
  return Rates("device", before.disks, now.disks, seconds, kRates);
}

Json Network(const Reading& before, const Reading& now, double seconds) {
  static constexpr Rate<NetCounters> kRates[] = {
      {"received_bytes_per_second", &NetCounters::received_bytes},
      {"sent_bytes_per_second", &NetCounters::sent_bytes},
      {"received_packets_per_second", &NetCounters::received_packets},
      {"sent_packets_per_second", &NetCounters::sent_packets},
      {"receive_errors_per_second", &NetCounters::receive_errors},
      {"send_errors_per_second", &NetCounters::send_errors},
      {"receive_drops_per_second", &NetCounters::receive_drops},
      {"send_drops_per_second", &NetCounters::send_drops}};
  return Rates("interface", before.network, now.network, seconds, kRates);
}

Json FileSystems(const std::vector<FileSystem>& file_systems) {
  Json json = Json::array();
  for (const FileSystem& one : file_systems) {
    json.push_back({{"mount_point", one.mount.mount_point},
                    {"device", one.mount.source},
                    {"type", one.mount.type},
                    {"size_bytes", one.size},
                    {"free_bytes", one.free},
                    {"available_bytes", one.available}});
  }
  return json;
}

Json Pressure(const Reading& now) {
  Json pressure = Json::object();
  for (const auto& [resource, kinds] : now.pressure) {
    for (const auto& [kind, percent] : kinds) pressure[resource][kind + "_avg10"] = percent;
  }
  return pressure;
}

}  // namespace

nlohmann::ordered_json MetricsJson(const Reading& before, const Reading& now) {
  const double seconds = absl::ToDoubleSeconds(now.steady - before.steady);
  Json json = {{"time", TimeText(now.time)}, {"interval_seconds", Round(seconds, kRateDigits)}};
  const auto add = [&json](const char* name, Json part) {
    if (!part.empty()) json[name] = std::move(part);  // null, {} and [] are empty
  };
  add("cpu", Cpu(before.stat, now.stat));
  add("memory", Memory(now.memory));
  add("load", LoadJson(now.load));
  if (seconds > 0) {
    add("disks", Disks(before, now, seconds));
    add("network", Network(before, now, seconds));
  }
  add("file_systems", FileSystems(now.file_systems));
  add("pressure", Pressure(now));
  return json;
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace rsca::managers
