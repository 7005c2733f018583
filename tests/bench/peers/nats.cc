// NATS core. Its protocol is lines of text, spoken here without its library: that starts a thread
// for each connection and one for each subscription, and on few processors costs more than the
// server.
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/peers/nats_server.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/peers/publisher.h"
#include "tests/bench/peers/readers.h"
#include "tests/bench/peers/sockets.h"

namespace rsca::bench {
namespace {

constexpr size_t kOnTheWay = 512 << 10;  // bytes, to each subscriber
constexpr std::string_view kEnd = "\r\n";

UniqueFd Connect(const NatsServer& server, std::string_view then) {
  UniqueFd connection = ConnectTcp(server.port());
  SendAll(connection, absl::StrCat("CONNECT {\"verbose\":false,\"pedantic\":false}\r\n",
                                   std::string(then), "PING\r\n"));
  ReceiveUntil(connection, "PONG\r\n");
  return connection;
}

class NatsReader final : public Reader {
 public:
  explicit NatsReader(Meter::Lane* lane) : lane_(lane) {}

  void Read(const UniqueFd& connection, std::string_view bytes) override {
    pending_.append(bytes);
    std::string_view rest = pending_;
    while (const size_t used = TakeOne(connection, rest)) rest.remove_prefix(used);
    pending_.erase(0, pending_.size() - rest.size());
  }

 private:
  // The size of what is complete at the beginning; 0 if nothing is.
  size_t TakeOne(const UniqueFd& connection, std::string_view text) {
    const size_t line_end = text.find(kEnd);
    if (line_end == std::string_view::npos) return 0;
    const std::string_view line = text.substr(0, line_end);
    const size_t body = line_end + kEnd.size();
    if (!absl::StartsWith({line.data(), line.size()}, "MSG ")) {
      TakeControl(connection, line);
      return body;
    }
    const size_t size = SizeAtEnd(line);
    if (text.size() < body + size + kEnd.size()) return 0;
    lane_->Count(1, text.substr(body, size));
    return body + size + kEnd.size();
  }

  static size_t SizeAtEnd(std::string_view line) {
    const std::string_view size = line.substr(line.rfind(' ') + 1);
    uint64_t value = 0;
    if (!absl::SimpleAtoi(absl::string_view(size.data(), size.size()), &value)) {
      throw std::runtime_error("NATS: " + std::string(line));
    }
    return value;
  }

  static void TakeControl(const UniqueFd& connection, std::string_view line) {
    if (line == "PING") SendAll(connection, "PONG\r\n");
    if (line.substr(0, 4) == "-ERR") throw std::runtime_error("NATS: " + std::string(line));
  }

  Meter::Lane* const lane_;
  std::string pending_;
};

}  // namespace

nlohmann::json MeasureNats(const Load& load) {
  if (auto skipped = SkippedWithout({NatsServer::kProgram})) return *skipped;
  const NatsServer server(/*jetstream=*/false);
  Meter meter(load.rate > 0);
  Meter::Lane* const lane = meter.AddLane();
  Readers readers;
  for (int i = 0; i < load.subscribers; ++i) {
    readers.Add(Connect(server, "SUB results 1\r\n"), std::make_unique<NatsReader>(lane));
  }
  const UniqueFd publisher = Connect(server, "");
  const Flow flow = Flow::OfBytes(load, kOnTheWay);
  Messages messages(absl::StrCat("PUB results ", load.bytes, "\r\n"), load.bytes, kEnd, flow.chunk);
  return ObservePublisher(
      load, flow, &meter, {{"server", server.pid()}, {"client", getpid()}},
      [&] { readers.ThrowIfFailed(); },
      [&](uint64_t results) { SendAll(publisher, messages.Stamped(results)); });
}

}  // namespace rsca::bench
