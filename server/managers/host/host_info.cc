#include "server/managers/host/host_info.h"

#include <sys/utsname.h>

#include "absl/strings/ascii.h"
#include "server/managers/host/metrics_json.h"
#include "server/managers/host/proc_text.h"
#include "server/managers/host/reading.h"

namespace rsca::managers {
namespace {

using Json = nlohmann::ordered_json;

std::string ReadOr(const std::string& path) { return ReadTextFile(path).value_or(""); }

std::string ReadLine(const std::string& path) {
  return std::string(absl::StripAsciiWhitespace(ReadOr(path)));
}

// Adds what is there.
void Add(const char* name, Json value, Json* json) {
  const bool absent = value.empty() || (value.is_string() && value.get_ref<std::string&>().empty());
  if (!absent) (*json)[name] = std::move(value);
}

Json Os(const std::string& root) {
  const auto release = ParseOsRelease(
      ReadTextFile(root + "/etc/os-release").value_or(ReadOr(root + "/usr/lib/os-release")));
  static constexpr struct {
    const char* release;
    const char* json;
  } kNames[] = {{"PRETTY_NAME", "name"},
                {"ID", "id"},
                {"VERSION_ID", "version"},
                {"VERSION_CODENAME", "codename"}};
  Json os = Json::object();
  for (const auto& name : kNames) {
    const auto found = release.find(name.release);
    if (found != release.end()) Add(name.json, found->second, &os);
  }
  return os;
}

// Who runs this host, as far as it is told.
Json Virtualization(const std::string& root, const CpuInfo& cpu) {
  Json hints = Json::object();
  hints["hypervisor"] = cpu.hypervisor;
  Add("hypervisor_type", ReadLine(root + "/sys/hypervisor/type"), &hints);
  Add("vendor", ReadLine(root + "/sys/class/dmi/id/sys_vendor"), &hints);
  Add("product", ReadLine(root + "/sys/class/dmi/id/product_name"), &hints);
  if (ReadTextFile(root + "/.dockerenv").has_value()) hints["container"] = "docker";
  if (ReadTextFile(root + "/run/.containerenv").has_value()) hints["container"] = "podman";
  Add("container", ReadLine(root + "/run/systemd/container"), &hints);
  return hints;
}

}  // namespace

nlohmann::ordered_json HostInfoJson(const std::string& root) {
  Json json = Json::object();
  struct utsname names {};
  if (uname(&names) == 0) {
    json["hostname"] = names.nodename;
    json["kernel"] = {
        {"name", names.sysname}, {"release", names.release}, {"version", names.version}};
    json["architecture"] = names.machine;
  }
  Add("os", Os(root), &json);

  const CpuInfo cpu = ParseCpuinfo(ReadOr(root + "/proc/cpuinfo"));
  Json cpu_json = Json::object();
  Add("model", cpu.model, &cpu_json);
  if (cpu.count > 0) cpu_json["count"] = cpu.count;
  Add("cpu", std::move(cpu_json), &json);

  const auto memory = ParseMeminfo(ReadOr(root + "/proc/meminfo"));
  const auto total = memory.find("MemTotal");
  if (total != memory.end()) json["memory_bytes"] = total->second;

  const auto boot_time = ParseStat(ReadOr(root + "/proc/stat")).boot_time;
  if (boot_time.has_value()) json["boot_time"] = TimeText(absl::FromUnixSeconds(*boot_time));
  const auto uptime = ParseUptime(ReadOr(root + "/proc/uptime"));
  if (uptime.has_value()) json["uptime_seconds"] = *uptime;
  Add("machine_id", ReadLine(root + "/etc/machine-id"), &json);
  Add("virtualization", Virtualization(root, cpu), &json);
  return json;
}

}  // namespace rsca::managers
