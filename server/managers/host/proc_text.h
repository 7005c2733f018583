// The texts of /proc and /etc that tell of a host, parsed. Pure functions: a line that is not
// understood is left out, and a text that holds nothing of use gives an empty result.
#ifndef RSCA_SERVER_MANAGERS_HOST_PROC_TEXT_H_
#define RSCA_SERVER_MANAGERS_HOST_PROC_TEXT_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rsca::managers {

// How long a processor has been in each state since boot, in ticks. `user` and `nice` include the
// time given to virtual machines, as the kernel counts it.
enum CpuState { kUser, kNice, kSystem, kIdle, kIowait, kIrq, kSoftirq, kSteal, kCpuStates };
extern const std::array<const char*, kCpuStates> kCpuStateNames;
using CpuTicks = std::array<uint64_t, kCpuStates>;

// /proc/stat.
struct Stat {
  std::optional<CpuTicks> total;
  std::map<uint64_t, CpuTicks> cores;  // by number; one that is switched off is not there
  std::optional<int64_t> boot_time;    // seconds since 1970
};
Stat ParseStat(absl::string_view text);

// /proc/meminfo: bytes by name, such as `MemTotal`.
std::map<std::string, uint64_t> ParseMeminfo(absl::string_view text);

// /proc/loadavg.
struct Load {
  double one_minute = 0;
  double five_minutes = 0;
  double fifteen_minutes = 0;
  uint64_t running = 0;  // threads that run or could
  uint64_t threads = 0;  // threads in all
};
std::optional<Load> ParseLoadavg(absl::string_view text);

// A line of /proc/diskstats. All counters since boot.
struct DiskCounters {
  uint64_t reads = 0;
  uint64_t read_bytes = 0;
  uint64_t writes = 0;
  uint64_t written_bytes = 0;
  uint64_t busy_ms = 0;
};
std::map<std::string, DiskCounters> ParseDiskstats(absl::string_view text);

// A line of /proc/net/dev. All counters since the interface was made.
struct NetCounters {
  uint64_t received_bytes = 0;
  uint64_t received_packets = 0;
  uint64_t receive_errors = 0;
  uint64_t receive_drops = 0;
  uint64_t sent_bytes = 0;
  uint64_t sent_packets = 0;
  uint64_t send_errors = 0;
  uint64_t send_drops = 0;
};
std::map<std::string, NetCounters> ParseNetDev(absl::string_view text);

// /proc/pressure/*: percent of time by kind, `some` or `full`, over the last ten seconds.
std::map<std::string, double> ParsePressureAvg10(absl::string_view text);

// A mount of /proc/self/mountinfo that keeps files on a device.
struct Mount {
  std::string mount_point;
  std::string type;
  std::string source;
};
// Each device once, at its first mount point.
std::vector<Mount> ParseRealMounts(absl::string_view mountinfo);

// /proc/uptime: seconds.
std::optional<double> ParseUptime(absl::string_view text);

// /etc/os-release: values without their quotes, by key.
std::map<std::string, std::string> ParseOsRelease(absl::string_view text);

// /proc/cpuinfo.
struct CpuInfo {
  std::string model;        // empty where the kernel does not say
  uint64_t count = 0;       // logical processors
  bool hypervisor = false;  // the processor says that it is virtual
};
CpuInfo ParseCpuinfo(absl::string_view text);

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_HOST_PROC_TEXT_H_
