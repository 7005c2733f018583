#include "server/managers/host/reading.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace rsca::managers {
namespace {

// Partitions would count the same bytes twice; /sys/block has whole devices only. Those that were
// never used (loop, ram) say nothing.
std::map<std::string, DiskCounters> WholeUsedDisks(const std::string& root) {
  std::map<std::string, DiskCounters> disks =
      ParseDiskstats(ReadTextFile(root + "/proc/diskstats").value_or(""));
  const std::string devices = root + "/sys/block";
  const bool know_devices = access(devices.c_str(), F_OK) == 0;
  for (auto disk = disks.begin(); disk != disks.end();) {
    std::string name = disk->first;
    std::replace(name.begin(), name.end(), '/', '!');
    const bool whole = !know_devices || access(absl::StrCat(devices, "/", name).c_str(), F_OK) == 0;
    const bool used = disk->second.reads != 0 || disk->second.writes != 0;
    disk = whole && used ? std::next(disk) : disks.erase(disk);
  }
  return disks;
}

std::vector<FileSystem> FileSystems(const std::string& root) {
  std::vector<FileSystem> file_systems;
  for (Mount& mount : ParseRealMounts(ReadTextFile(root + "/proc/self/mountinfo").value_or(""))) {
    struct statvfs room {};
    if (statvfs(mount.mount_point.c_str(), &room) != 0) continue;
    file_systems.push_back({.mount = std::move(mount),
                            .size = room.f_blocks * room.f_frsize,
                            .free = room.f_bfree * room.f_frsize,
                            .available = room.f_bavail * room.f_frsize});
  }
  return file_systems;
}

}  // namespace

std::optional<std::string> ReadTextFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string text;
  char buffer[8192];
  ssize_t got = 0;
  do {
    got = read(file, buffer, sizeof(buffer));
    if (got > 0) text.append(buffer, static_cast<size_t>(got));
  } while (got > 0 || (got < 0 && errno == EINTR));
  close(file);
  if (got < 0) return std::nullopt;
  return text;
}

Reading TakeReading(const std::string& root) {
  const auto read = [&root](const char* path) { return ReadTextFile(root + path).value_or(""); };
  Reading reading;
  reading.time = absl::Now();
  reading.steady = absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
  reading.stat = ParseStat(read("/proc/stat"));
  reading.memory = ParseMeminfo(read("/proc/meminfo"));
  reading.load = ParseLoadavg(read("/proc/loadavg"));
  reading.disks = WholeUsedDisks(root);
  reading.network = ParseNetDev(read("/proc/net/dev"));
  for (const char* resource : {"cpu", "memory", "io"}) {
    auto kinds = ParsePressureAvg10(read(absl::StrCat("/proc/pressure/", resource).c_str()));
    if (!kinds.empty()) reading.pressure[resource] = std::move(kinds);
  }
  reading.file_systems = FileSystems(root);
  return reading;
}

}  // namespace rsca::managers
