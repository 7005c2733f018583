#include "server/managers/host/proc_text.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace rsca::managers {
namespace {

using Words = std::vector<absl::string_view>;

constexpr uint64_t kSectorBytes = 512;  // of /proc/diskstats, whatever the device's own size

std::vector<absl::string_view> Lines(absl::string_view text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

Words SplitWords(absl::string_view line) {
  return absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

// The words from `first` on as numbers; false if one of the `count` is none.
bool ToNumbers(const Words& words, size_t first, size_t count, uint64_t* numbers) {
  if (words.size() < first + count) return false;
  for (size_t i = 0; i < count; ++i) {
    if (!absl::SimpleAtoi(words[first + i], &numbers[i])) return false;
  }
  return true;
}

// `\040` and its like, which stand for the bytes that would break the line.
std::string UnescapeOctal(absl::string_view text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                        (text[i + 3] - '0')));
      i += 3;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

// On a device of this host. Network and FUSE file systems may answer never, and kernel ones have no
// size that means anything. The root is told of whatever it is on, such as a container's overlay.
bool IsReal(const Mount& mount) {
  if (mount.type == "fuse" || absl::StartsWith(mount.type, "fuse.")) return false;
  return absl::StartsWith(mount.source, "/dev/") || mount.type == "zfs" ||
         (mount.mount_point == "/" && mount.type == "overlay");
}

}  // namespace

const std::array<const char*, kCpuStates> kCpuStateNames = {"user",   "nice", "system",  "idle",
                                                            "iowait", "irq",  "softirq", "steal"};

Stat ParseStat(absl::string_view text) {
  Stat stat;
  for (const absl::string_view line : Lines(text)) {
    Words words = SplitWords(line);
    if (words.size() < 2) continue;
    if (words[0] == "btime") {
      int64_t seconds = 0;
      if (absl::SimpleAtoi(words[1], &seconds)) stat.boot_time = seconds;
      continue;
    }
    CpuTicks ticks{};
    uint64_t core = 0;
    if (!absl::ConsumePrefix(&words[0], "cpu") || !ToNumbers(words, 1, kCpuStates, ticks.data())) {
      continue;
    }
    if (words[0].empty()) {
      stat.total = ticks;
    } else if (absl::SimpleAtoi(words[0], &core)) {
      stat.cores[core] = ticks;
    }
  }
  return stat;
}

std::map<std::string, uint64_t> ParseMeminfo(absl::string_view text) {
  std::map<std::string, uint64_t> values;
  for (const absl::string_view line : Lines(text)) {
    const Words words = SplitWords(line);
    uint64_t value = 0;
    if (words.size() < 2 || words[0].back() != ':' || !absl::SimpleAtoi(words[1], &value)) continue;
    const bool kilobytes = words.size() > 2 && words[2] == "kB";
    values[std::string(words[0].substr(0, words[0].size() - 1))] = kilobytes ? value * 1024 : value;
  }
  return values;
}

std::optional<Load> ParseLoadavg(absl::string_view text) {
  const Words words = SplitWords(absl::StripAsciiWhitespace(text));
  if (words.size() < 4) return std::nullopt;
  Load load;
  const size_t slash = words[3].find('/');
  if (slash == absl::string_view::npos || !absl::SimpleAtod(words[0], &load.one_minute) ||
      !absl::SimpleAtod(words[1], &load.five_minutes) ||
      !absl::SimpleAtod(words[2], &load.fifteen_minutes) ||
      !absl::SimpleAtoi(words[3].substr(0, slash), &load.running) ||
      !absl::SimpleAtoi(words[3].substr(slash + 1), &load.threads)) {
    return std::nullopt;
  }
  return load;
}

std::map<std::string, DiskCounters> ParseDiskstats(absl::string_view text) {
  std::map<std::string, DiskCounters> disks;
  for (const absl::string_view line : Lines(text)) {
    // Name, then reads, merged, sectors, ms; the same for writes; in flight, busy ms, ...
    const Words words = SplitWords(line);
    uint64_t numbers[10];
    if (!ToNumbers(words, 3, 10, numbers)) continue;
    disks[std::string(words[2])] = {.reads = numbers[0],
                                    .read_bytes = numbers[2] * kSectorBytes,
                                    .writes = numbers[4],
                                    .written_bytes = numbers[6] * kSectorBytes,
                                    .busy_ms = numbers[9]};
  }
  return disks;
}

std::map<std::string, NetCounters> ParseNetDev(absl::string_view text) {
  std::map<std::string, NetCounters> interfaces;
  for (const absl::string_view line : Lines(text)) {
    // The last colon: an alias has one in its name, the counters have none.
    const size_t colon = line.rfind(':');
    if (colon == absl::string_view::npos) continue;
    uint64_t numbers[12];
    if (!ToNumbers(SplitWords(line.substr(colon + 1)), 0, 12, numbers)) continue;
    interfaces[std::string(absl::StripAsciiWhitespace(line.substr(0, colon)))] = {
        .received_bytes = numbers[0],
        .received_packets = numbers[1],
        .receive_errors = numbers[2],
        .receive_drops = numbers[3],
        .sent_bytes = numbers[8],
        .sent_packets = numbers[9],
        .send_errors = numbers[10],
        .send_drops = numbers[11]};
  }
  return interfaces;
}

std::map<std::string, double> ParsePressureAvg10(absl::string_view text) {
  constexpr absl::string_view kKey = "avg10=";
  std::map<std::string, double> kinds;
  for (const absl::string_view line : Lines(text)) {
    const Words words = SplitWords(line);
    double percent = 0;
    if (words.size() < 2 || words[1].substr(0, kKey.size()) != kKey ||
        !absl::SimpleAtod(words[1].substr(kKey.size()), &percent)) {
      continue;
    }
    kinds[std::string(words[0])] = percent;
  }
  return kinds;
}

std::vector<Mount> ParseRealMounts(absl::string_view mountinfo) {
  std::vector<Mount> mounts;
  std::set<absl::string_view> seen;
  for (const absl::string_view line : Lines(mountinfo)) {
    // Id, parent, device, root, mount point, options, any number of tags, `-`, type, source.
    const Words words = SplitWords(line);
    if (words.size() < 9) continue;
    const auto dash = std::find(words.begin() + 6, words.end(), "-");
    if (words.end() - dash < 3) continue;
    Mount mount{UnescapeOctal(words[4]), std::string(*(dash + 1)), UnescapeOctal(*(dash + 2))};
    if (IsReal(mount) && seen.insert(words[2]).second) mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::optional<double> ParseUptime(absl::string_view text) {
  const Words words = SplitWords(absl::StripAsciiWhitespace(text));
  double seconds = 0;
  if (words.empty() || !absl::SimpleAtod(words[0], &seconds)) return std::nullopt;
  return seconds;
}

std::map<std::string, std::string> ParseOsRelease(absl::string_view text) {
  std::map<std::string, std::string> values;
  for (const absl::string_view line : Lines(text)) {
    const size_t equals = line.find('=');
    if (equals == absl::string_view::npos || line[0] == '#') continue;
    absl::string_view value = absl::StripAsciiWhitespace(line.substr(equals + 1));
    const char quote = value.empty() ? '\0' : value.front();
    const bool quoted =
        value.size() >= 2 && (quote == '"' || quote == '\'') && value.back() == quote;
    if (quoted) value = value.substr(1, value.size() - 2);
    std::string plain;
    for (size_t i = 0; i < value.size(); ++i) {
      // Within double quotes the shell takes a backslash away.
      if (quote == '"' && value[i] == '\\' && i + 1 < value.size()) ++i;
      plain.push_back(value[i]);
    }
    values[std::string(absl::StripAsciiWhitespace(line.substr(0, equals)))] = std::move(plain);
  }
  return values;
}

CpuInfo ParseCpuinfo(absl::string_view text) {
  CpuInfo info;
  for (const absl::string_view line : Lines(text)) {
    const size_t colon = line.find(':');
    if (colon == absl::string_view::npos) continue;
    const absl::string_view key = absl::StripAsciiWhitespace(line.substr(0, colon));
    const absl::string_view value = absl::StripAsciiWhitespace(line.substr(colon + 1));
    if (key == "processor") {
      ++info.count;
    } else if (key == "model name") {
      info.model = std::string(value);
    } else if (key == "flags") {
      const Words flags = SplitWords(value);
      info.hypervisor = std::find(flags.begin(), flags.end(), "hypervisor") != flags.end();
    }
  }
  return info;
}

}  // namespace rsca::managers
