#include "server/managers/host/metrics_json.h"

#include <gtest/gtest.h>

namespace rsca::managers {
namespace {

using Json = nlohmann::ordered_json;

Reading At(double seconds) {
  Reading reading;
  reading.time = absl::FromUnixMillis(1732270000123);
  reading.steady = absl::Seconds(seconds);
  return reading;
}

TEST(HostMetricsJson, CpuIsTheFractionOfTheIntervalInEachState) {
  Reading before = At(10);
  before.stat.total = CpuTicks{100, 0, 100, 1000, 0, 0, 0, 0};
  before.stat.cores[0] = CpuTicks{0, 0, 0, 0, 0, 0, 0, 0};
  before.stat.cores[1] = CpuTicks{5, 5, 5, 5, 5, 5, 5, 5};
  Reading now = At(11);
  now.stat.total = CpuTicks{150, 0, 125, 1110, 5, 1, 2, 7};
  now.stat.cores[0] = CpuTicks{10, 10, 10, 10, 10, 10, 10, 30};
  now.stat.cores[1] = before.stat.cores[1];              // not a tick was counted
  now.stat.cores[2] = CpuTicks{1, 1, 1, 1, 1, 1, 1, 1};  // was switched on meanwhile
  EXPECT_EQ(MetricsJson(before, now)["cpu"], Json::parse(R"({
    "total": {"user": 0.25, "nice": 0.0, "system": 0.125, "idle": 0.55, "iowait": 0.025,
              "irq": 0.005, "softirq": 0.01, "steal": 0.035},
    "cores": [{"core": 0, "user": 0.1, "nice": 0.1, "system": 0.1, "idle": 0.1, "iowait": 0.1,
               "irq": 0.1, "softirq": 0.1, "steal": 0.3}]})"));
}

TEST(HostMetricsJson, ACounterThatWentBackCountsAsUnmoved) {
  Reading before = At(0);
  before.stat.total = CpuTicks{0, 0, 0, 100, 50, 0, 0, 0};
  before.network["eth0"].received_bytes = 1000;
  Reading now = At(1);
  now.stat.total = CpuTicks{0, 0, 0, 110, 49, 0, 0, 0};
  now.network["eth0"].received_bytes = 10;
  const Json json = MetricsJson(before, now);
  EXPECT_EQ(json["cpu"]["total"]["idle"], 1.0);
  EXPECT_EQ(json["cpu"]["total"]["iowait"], 0.0);
  EXPECT_EQ(json["network"][0]["received_bytes_per_second"], 0.0);
}

TEST(HostMetricsJson, RatesAreBySecondOfTheTimeBetween) {
  Reading before = At(100);
  before.disks["vda"] = {
      .reads = 10, .read_bytes = 1000, .writes = 1, .written_bytes = 512, .busy_ms = 5};
  before.network["lo"] = {.received_bytes = 7, .sent_bytes = 7};
  Reading now = At(102);
  now.disks["vda"] = {
      .reads = 11, .read_bytes = 3000, .writes = 1, .written_bytes = 1536, .busy_ms = 105};
  now.disks["vdb"] = {.reads = 99, .read_bytes = 99, .writes = 0, .written_bytes = 0, .busy_ms = 0};
  now.network["lo"] = {.received_bytes = 9,
                       .received_packets = 1,
                       .receive_errors = 2,
                       .receive_drops = 3,
                       .sent_bytes = 17,
                       .sent_packets = 5,
                       .send_errors = 6,
                       .send_drops = 7};
  const Json json = MetricsJson(before, now);
  EXPECT_EQ(json["interval_seconds"], 2.0);
  EXPECT_EQ(json["disks"], Json::parse(R"([{"device": "vda", "read_bytes_per_second": 1000.0,
    "written_bytes_per_second": 512.0, "reads_per_second": 0.5, "writes_per_second": 0.0,
    "busy_ms_per_second": 50.0}])"));
  EXPECT_EQ(json["network"], Json::parse(R"([{"interface": "lo",
    "received_bytes_per_second": 1.0, "sent_bytes_per_second": 5.0,
    "received_packets_per_second": 0.5, "sent_packets_per_second": 2.5,
    "receive_errors_per_second": 1.0, "send_errors_per_second": 3.0,
    "receive_drops_per_second": 1.5, "send_drops_per_second": 3.5}])"));
}

TEST(HostMetricsJson, GaugesAreThoseOfTheLaterReading) {
  Reading before = At(0);
  before.memory["MemTotal"] = 1;
  Reading now = At(1);
  now.memory = {{"MemTotal", 4096}, {"MemAvailable", 2048}, {"SwapTotal", 0}, {"Slab", 9}};
  now.load = Load{0.5, 0.25, 0.125, 2, 300};
  now.file_systems = {
      {.mount = {"/", "ext4", "/dev/vda"}, .size = 100, .free = 60, .available = 50}};
  now.pressure = {{"cpu", {{"some", 1.5}}}, {"io", {{"some", 2.5}, {"full", 0.5}}}};
  const Json json = MetricsJson(before, now);
  EXPECT_EQ(json["time"], "2024-11-22T10:06:40.123Z");
  EXPECT_EQ(
      json["memory"],
      Json::parse(R"({"total_bytes": 4096, "available_bytes": 2048, "swap_total_bytes": 0})"));
  EXPECT_EQ(json["load"],
            Json::parse(
                R"({"1m": 0.5, "5m": 0.25, "15m": 0.125, "running_threads": 2, "threads": 300})"));
  EXPECT_EQ(json["file_systems"], Json::parse(R"([{"mount_point": "/", "device": "/dev/vda",
    "type": "ext4", "size_bytes": 100, "free_bytes": 60, "available_bytes": 50}])"));
  EXPECT_EQ(
      json["pressure"],
      Json::parse(R"({"cpu": {"some_avg10": 1.5}, "io": {"full_avg10": 0.5, "some_avg10": 2.5}})"));
}

TEST(HostMetricsJson, LeavesOutWhatTheKernelDoesNotOffer) {
  EXPECT_EQ(MetricsJson(At(1), At(1.5)),
            Json::parse(R"({"time": "2024-11-22T10:06:40.123Z", "interval_seconds": 0.5})"));
}

TEST(HostMetricsJson, TextIsJsonThoughANameIsNotUnicode) {
  const std::string text = JsonText({{"mount_point", "/mnt/\xff"}});
  EXPECT_EQ(Json::parse(text)["mount_point"], "/mnt/\xEF\xBF\xBD");
}

}  // namespace
}  // namespace rsca::managers
