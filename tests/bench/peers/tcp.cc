// A plain TCP socket: what the host's own network costs, and nothing else.
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "tests/bench/peers/peers.h"
#include "tests/bench/peers/publisher.h"
#include "tests/bench/peers/readers.h"
#include "tests/bench/peers/sockets.h"

namespace rsca::bench {
namespace {

constexpr size_t kOnTheWay = 1 << 20;
constexpr uint64_t kBurst = 3;
constexpr size_t kBurstBytes = 64;

// Connects so many subscribers and returns the publisher's ends.
std::vector<UniqueFd> Connect(int subscribers, size_t bytes, Meter::Lane* lane, Readers* readers) {
  const UniqueFd listener = ListenTcp();
  std::vector<UniqueFd> ends;
  for (int i = 0; i < subscribers; ++i) {
    UniqueFd subscriber = ConnectTcp(PortOf(listener));
    ends.push_back(AcceptTcp(listener));
    readers->Add(std::move(subscriber), std::make_unique<RecordReader>(bytes, lane));
  }
  return ends;
}

void SendToAll(const std::vector<UniqueFd>& ends, std::string_view bytes) {
  for (const UniqueFd& end : ends) SendAll(end, bytes);
}

}  // namespace

nlohmann::json MeasureTcp(const Load& load) {
  Meter meter(load.rate > 0);
  Readers readers;
  const std::vector<UniqueFd> ends =
      Connect(load.subscribers, load.bytes, meter.AddLane(), &readers);
  const Flow flow = Flow::OfBytes(load, kOnTheWay);
  Messages messages("", load.bytes, "", flow.chunk);
  return ObservePublisher(
      load, flow, &meter, {{"client", getpid()}}, [&] { readers.ThrowIfFailed(); },
      [&](uint64_t results) { SendToAll(ends, messages.Stamped(results)); });
}

nlohmann::json MeasureTcpBursts(double pause_seconds, int bursts) {
  Load load;
  load.rate = 1 / pause_seconds;  // of bursts
  load.warm_up = pause_seconds / 2;
  load.seconds = pause_seconds * bursts;
  Meter meter(true);
  Readers readers;
  const std::vector<UniqueFd> ends = Connect(1, kBurstBytes, meter.AddLane(), &readers);
  Messages message("", kBurstBytes, "", 1);
  return ObservePublisher(
      load, Flow{}, &meter, {{"client", getpid()}}, [&] { readers.ThrowIfFailed(); },
      [&](uint64_t count) {
        for (uint64_t i = 0; i < count * kBurst; ++i) SendToAll(ends, message.Stamped(1));
      });
}

}  // namespace rsca::bench
