#include "tests/bench/footprint.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench.grpc.pb.h"
#include "tests/bench/load_server.h"
#include "tests/bench/measure.h"
#include "tests/bench/receiver.h"
#include "tests/bench/road_client.h"
#include "tests/support/child_process.h"

namespace rsca::bench {
namespace {

constexpr int kStreamsPerConnection = 100;

// Those that are set up at once.
constexpr int kAtOnce = 64;

// What a few have warmed up (arenas, tables, connections) is not counted to the rest.
constexpr int kWarmUp = 200;

std::map<std::string, double> MemoryByName(const Processes& processes) {
  std::map<std::string, double> memory;
  for (const auto& [name, pid] : processes) memory[name] += static_cast<double>(MemoryBytes(pid));
  return memory;
}

nlohmann::json Growth(const std::map<std::string, double>& before,
                      const std::map<std::string, double>& after, int count, const char* unit) {
  nlohmann::json json;
  for (const auto& [name, bytes] : after) json[name + unit] = (bytes - before.at(name)) / count;
  return json;
}

// One registration after the other, each until its first result: ns.
std::vector<int64_t> FirstResultTimes(v1::CustomActions::Stub* stub, double seconds) {
  const v1::RegisterCustomActionRequest request = MakeRequest("bench.first", "", 1);
  std::vector<int64_t> times;
  const int64_t end = NowNanos() + static_cast<int64_t>(seconds * 1e9);
  while (NowNanos() < end) {
    const int64_t begin = NowNanos();
    grpc::ClientContext context;
    const auto reader = stub->RegisterCustomAction(&context, request);
    v1::ResultStreamResponse message;
    while (reader->Read(&message) && message.results_size() == 0) {
    }
    if (message.results_size() == 0) throw std::runtime_error(reader->Finish().error_message());
    times.push_back(NowNanos() - begin);
    context.TryCancel();
    reader->Finish();
  }
  std::sort(times.begin(), times.end());
  return times;
}

// `strace -c` of a process for some seconds; how many system calls it made.
double CountSystemCalls(pid_t pid, double seconds) {
  support::ChildProcess strace({"strace", "-f", "-c", "-q", "-p", std::to_string(pid)});
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  strace.Signal(SIGINT);
  strace.Wait();
  std::istringstream lines(strace.Error());
  std::string line;
  std::string total;
  while (std::getline(lines, line)) {
    if (line.find(" total") != std::string::npos) total = line;
  }
  double percent = 0;
  double time = 0;
  double microseconds = 0;
  double calls = 0;
  std::istringstream fields(total);
  if (!(fields >> percent >> time >> microseconds >> calls)) {
    throw std::runtime_error("strace says nothing: " + strace.Error());
  }
  return calls;
}

}  // namespace

nlohmann::json MeasureMemory(int registrations) {
  RoadServer server;
  Meter meter(false);
  Receiver receiver(&meter);
  const v1::RegisterCustomActionRequest request = MakeRequest("bench.idle", "", 1);
  RegisterMany(&receiver, server, kWarmUp, request);
  const auto before = MemoryByName(server.processes());
  RegisterMany(&receiver, server, registrations, request);
  return Growth(before, MemoryByName(server.processes()), registrations, "_bytes_per_registration");
}

nlohmann::json MeasureRawMemory(int streams) {
  const RawServer server;
  Meter meter(false);
  Receiver receiver(&meter);
  PublishRequest request;
  request.set_burst(1);  // one result each, and then nothing for long
  request.set_pause_ms(1'000'000);
  const auto open = [&](int count) {
    const uint64_t results = meter.Results();
    std::shared_ptr<grpc::Channel> channel;
    for (int i = 0; i < count; ++i) {
      if (i % kStreamsPerConnection == 0) channel = server.NewChannel();
      receiver.Open([&](grpc::ClientContext* context, grpc::CompletionQueue* queue) {
        return Raw::NewStub(channel)->PrepareAsyncPublish(context, request, queue);
      });
    }
    support::Eventually([&] { return meter.Results() >= results + static_cast<uint64_t>(count); });
  };
  open(kWarmUp);
  const auto before = MemoryByName(server.processes());
  open(streams);
  return Growth(before, MemoryByName(server.processes()), streams, "_bytes_per_stream");
}

nlohmann::json MeasureSetup(double seconds) {
  RoadServer server;
  const auto stub = v1::CustomActions::NewStub(server.NewChannel());
  FirstResultTimes(stub.get(), 0.5);
  nlohmann::json json;
  json["first_result_us"] = Percentiles(FirstResultTimes(stub.get(), seconds));
  Meter meter(false);
  int count = 0;
  const int64_t begin = NowNanos();
  const int64_t end = begin + static_cast<int64_t>(seconds * 1e9);
  while (NowNanos() < end) {
    Receiver receiver(&meter);
    RegisterMany(&receiver, server, kAtOnce, MakeRequest("bench.idle", "", 1));
    count += kAtOnce;
  }
  json["registrations_per_second"] = count / (static_cast<double>(NowNanos() - begin) / 1e9);
  return json;
}

nlohmann::json MeasureStart() {
  const int64_t begin = NowNanos();
  RoadServer server;
  nlohmann::json json;
  json["start_ms"] = static_cast<double>(NowNanos() - begin) / 1e6;
  json["memory_bytes"] = MemoryBytes(server.process().pid());
  return json;
}

nlohmann::json MeasureSystemCalls(int batch, double seconds) {
  RoadServer server;
  Meter meter(false);
  Receiver receiver(&meter);
  RegisterMany(&receiver, server, 1, MakeRequest("bench.publish", PublishArguments({}), batch));
  nlohmann::json json;
  for (const auto& [name, pid] : server.processes()) {
    if (name == "client") continue;
    const uint64_t results = meter.Results();
    const double calls = CountSystemCalls(pid, seconds);
    json["calls_per_result"][name] = calls / static_cast<double>(meter.Results() - results);
  }
  return json;
}

}  // namespace rsca::bench
