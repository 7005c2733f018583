// What the kernel says about this host at one moment.
#ifndef RSCA_SERVER_MANAGERS_HOST_READING_H_
#define RSCA_SERVER_MANAGERS_HOST_READING_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/managers/host/proc_text.h"

namespace rsca::managers {

// A file system with the room in it, in bytes. `available` is what is left for others than root.
struct FileSystem {
  Mount mount;
  uint64_t size = 0;
  uint64_t free = 0;
  uint64_t available = 0;
};

// Whatever the kernel (or a container's) does not offer is empty.
struct Reading {
  absl::Time time;        // for people
  absl::Duration steady;  // for rates: never jumps
  Stat stat;
  std::map<std::string, uint64_t> memory;
  std::optional<Load> load;
  std::map<std::string, DiskCounters> disks;  // whole devices that have been used
  std::vector<FileSystem> file_systems;
  std::map<std::string, NetCounters> network;
  std::map<std::string, std::map<std::string, double>> pressure;  // `cpu`, `memory`, `io`
};

// Reads them below `root`: empty for the host itself, a directory in tests.
Reading TakeReading(const std::string& root);

// A whole file of /proc, /sys or /etc; nothing if it cannot be read.
std::optional<std::string> ReadTextFile(const std::string& path);

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_HOST_READING_H_
