// Redis pub/sub: one connection publishes, without replies; each subscriber has its own.
#include <unistd.h>

#include <memory>
#include <utility>

#include "tests/bench/peers/peers.h"
#include "tests/bench/peers/publisher.h"
#include "tests/bench/peers/redis_server.h"
#include "tests/bench/peers/sockets.h"

namespace rsca::bench {
namespace {

constexpr size_t kOnTheWay = 512 << 10;  // bytes, to each subscriber
constexpr char kChannel[] = "results";

// ["message", channel, result]
class MessageReader final : public RedisReader {
 public:
  explicit MessageReader(Meter::Lane* lane) : lane_(lane) {}

 private:
  void TakeString(int, int index, std::string_view text) override {
    if (index == 2) lane_->Count(1, text);
  }

  Meter::Lane* const lane_;
};

UniqueFd Subscribe(const RedisServer& server) {
  UniqueFd connection = server.Connect();
  SendAll(connection, RedisCommand({"SUBSCRIBE", kChannel}));
  ReceiveUntil(connection, ":1\r\n");
  return connection;
}

UniqueFd ConnectPublisher(const RedisServer& server) {
  UniqueFd connection = server.Connect();
  SendAll(connection, RedisCommand({"CLIENT", "REPLY", "OFF"}));
  return connection;
}

}  // namespace

nlohmann::json MeasureRedisPubSub(const Load& load) {
  if (auto skipped = SkippedWithout({RedisServer::kProgram})) return *skipped;
  // No subscriber is cut off for being slow.
  const RedisServer server("client-output-buffer-limit pubsub 0 0 0\n");
  Meter meter(load.rate > 0);
  Meter::Lane* const lane = meter.AddLane();
  Readers readers;
  for (int i = 0; i < load.subscribers; ++i) {
    readers.Add(Subscribe(server), std::make_unique<MessageReader>(lane));
  }
  const UniqueFd publisher = ConnectPublisher(server);
  const Flow flow = Flow::OfBytes(load, kOnTheWay);
  const RedisCommandParts parts = SplitRedisCommand({"PUBLISH", kChannel}, load.bytes);
  Messages messages(parts.before, load.bytes, parts.after, flow.chunk);
  return ObservePublisher(
      load, flow, &meter, {{"server", server.pid()}, {"client", getpid()}},
      [&] { readers.ThrowIfFailed(); },
      [&](uint64_t results) { SendAll(publisher, messages.Stamped(results)); });
}

}  // namespace rsca::bench
