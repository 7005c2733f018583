#include "tests/bench/throughput.h"

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench.grpc.pb.h"
#include "rsca/client/client.h"
#include "tests/bench/receiver.h"
#include "tests/bench/road_client.h"

namespace rsca::bench {
namespace {

constexpr int kBurst = 3;

void ThrowIfFailed(const Receiver& receiver) {
  if (!receiver.failure().empty()) throw std::runtime_error(receiver.failure());
}

// Reads one registration with the client library, on a thread of its own.
class LibraryReader {
 public:
  LibraryReader(const std::string& address, const Load& load, bool durable, Meter* meter)
      : lane_(meter->AddLane()) {
    client::ConnectOptions connect;
    connect.address = address;
    client::RegisterOptions options;
    options.max_results_per_message = static_cast<uint32_t>(load.batch);
    options.durable = durable;
    auto stream = client::Client::Connect(connect)->Register("bench.publish",
                                                             PublishArguments(load), options);
    if (!stream.ok()) throw std::runtime_error(std::string(stream.status().message()));
    stream_ = std::make_unique<client::ResultStream>(*std::move(stream));
    thread_ = std::thread([this] {
      for (const client::Event& event : *stream_) {
        if (event.result() != nullptr) lane_->Count(1, event.result()->response());
      }
    });
  }
  ~LibraryReader() {
    stream_->Cancel();
    thread_.join();
  }

 private:
  Meter::Lane* const lane_;
  std::unique_ptr<client::ResultStream> stream_;
  std::thread thread_;
};

void OpenSubscribers(const RoadLoad& road, const RoadServer& server, Receiver* receiver) {
  v1::RegisterCustomActionRequest request =
      MakeRequest("bench.publish", PublishArguments(road.load), road.load.batch);
  request.set_durable(!road.sync.empty());
  const std::vector<std::string> names =
      RegisterMany(receiver, server, road.registrations, request);
  for (const std::string& name : names) {
    for (int i = 1; i < road.load.subscribers; ++i) {
      Attach(receiver, server.NewChannel(), name, road.load.batch);
    }
  }
}

nlohmann::json ObserveRoad(const RoadLoad& road, RoadServer* server, Meter* meter) {
  const uint64_t syncs = server->syncs();
  const uint64_t results = meter->Results();
  nlohmann::json json = Observe(road.load, meter, server->processes());
  if (!road.sync.empty()) {
    const uint64_t commits = server->syncs() - syncs;
    json["results_per_commit"] = commits == 0 ? 0
                                              : static_cast<double>(meter->Results() - results) /
                                                    static_cast<double>(commits);
  }
  return json;
}

PublishRequest MakePublishRequest(const Load& load) {
  PublishRequest request;
  request.set_bytes(static_cast<uint32_t>(load.bytes));
  request.set_batch(static_cast<uint32_t>(load.batch));
  request.set_rate(load.rate);
  return request;
}

void OpenRaw(const RawServer& server, const PublishRequest& request, Receiver* receiver) {
  const auto channel = server.NewChannel();
  receiver->Open([&](grpc::ClientContext* context, grpc::CompletionQueue* queue) {
    return Raw::NewStub(channel)->PrepareAsyncPublish(context, request, queue);
  });
}

// A load of bursts, as what Observe takes: it has a rate, so latencies are recorded.
Load BurstLoad(double pause_seconds, int bursts) {
  Load load;
  load.rate = kBurst / pause_seconds;
  load.warm_up = pause_seconds / 2;
  load.seconds = pause_seconds * bursts;
  return load;
}

}  // namespace

nlohmann::json MeasureRoad(const RoadLoad& road) {
  RoadServer server(road.transport, road.sync);
  Meter idle_meter(false);
  std::optional<Receiver> idle;  // its thread would take part in the polling
  if (road.idle > 0) {
    idle.emplace(&idle_meter);
    RegisterMany(&*idle, server, road.idle, MakeRequest("bench.idle", "", 1));
  }
  Meter meter(road.load.rate > 0);
  if (road.client == Client::kLibrary) {
    const LibraryReader reader(server.process().address(), road.load, !road.sync.empty(), &meter);
    return ObserveRoad(road, &server, &meter);
  }
  Receiver receiver(&meter);
  OpenSubscribers(road, server, &receiver);
  nlohmann::json json = ObserveRoad(road, &server, &meter);
  ThrowIfFailed(receiver);
  if (idle.has_value()) ThrowIfFailed(*idle);
  return json;
}

nlohmann::json MeasureRaw(const Load& load, Transport transport) {
  const RawServer server(transport);
  Meter meter(load.rate > 0);
  Receiver receiver(&meter);
  for (int i = 0; i < load.subscribers; ++i) OpenRaw(server, MakePublishRequest(load), &receiver);
  nlohmann::json json = Observe(load, &meter, server.processes());
  ThrowIfFailed(receiver);
  return json;
}

nlohmann::json MeasureRoadBursts(double pause_seconds, int bursts) {
  RoadServer server;
  Meter meter(true);
  Receiver receiver(&meter);
  const nlohmann::json arguments = {{"burst", kBurst},
                                    {"pause_ms", static_cast<int>(pause_seconds * 1000)}};
  RegisterMany(&receiver, server, 1, MakeRequest("bench.publish", arguments.dump(), 1));
  return Observe(BurstLoad(pause_seconds, bursts), &meter, server.processes());
}

nlohmann::json MeasureRawBursts(double pause_seconds, int bursts) {
  const RawServer server;
  Meter meter(true);
  Receiver receiver(&meter);
  PublishRequest request;
  request.set_bytes(64);
  request.set_burst(kBurst);
  request.set_pause_ms(static_cast<uint32_t>(pause_seconds * 1000));
  OpenRaw(server, request, &receiver);
  return Observe(BurstLoad(pause_seconds, bursts), &meter, server.processes());
}

}  // namespace rsca::bench
