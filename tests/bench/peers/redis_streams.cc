// Redis Streams with a sync of each append: several streams at once, each with a connection that
// adds, pipelined, and one that reads. Redis syncs once for all that came in a turn of its loop.
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/peers/publisher.h"
#include "tests/bench/peers/redis_server.h"
#include "tests/bench/peers/sockets.h"

namespace rsca::bench {
namespace {

constexpr size_t kOnTheWay = 64 << 10;  // bytes of each stream
constexpr char kKept[] = "20000";       // results of a stream; more than can be on the way
constexpr char kReadAtOnce[] = "1000";

// Takes what XADD answers: the number that the result got, or an error.
class AddReader final : public RedisReader {
  void TakeString(int, int, std::string_view) override {}
};

// [[stream, [[number, [field, result]], …]]]; then asks for what comes after the last number.
class StreamReader final : public RedisReader {
 public:
  StreamReader(std::string stream, Meter::Lane* lane) : stream_(std::move(stream)), lane_(lane) {}

  void AskForMore(const UniqueFd& connection) const {
    SendAll(connection,
            RedisCommand({"XREAD", "COUNT", kReadAtOnce, "BLOCK", "0", "STREAMS", stream_, last_}));
  }

 private:
  void TakeString(int depth, int index, std::string_view text) override {
    if (depth == 4 && index == 0) last_ = text;
    if (depth == 5 && index == 1) lane_->Count(1, text);
  }
  void TakeReply(const UniqueFd& connection) override { AskForMore(connection); }

  const std::string stream_;
  Meter::Lane* const lane_;
  std::string last_ = "0";
};

// A stream's two connections.
class Stream {
 public:
  Stream(const RedisServer& server, const std::string& name, const Load& load, const Flow& flow,
         Meter::Lane* lane, Readers* readers)
      : adder_(server.Connect()), messages_(MakeMessages(name, load, flow)) {
    readers->Add(UniqueFd(dup(adder_.Get())), std::make_unique<AddReader>());
    UniqueFd connection = server.Connect();
    auto reader = std::make_unique<StreamReader>(name, lane);
    reader->AskForMore(connection);
    readers->Add(std::move(connection), std::move(reader));
  }

  void Add(uint64_t results) { SendAll(adder_, messages_.Stamped(results)); }

 private:
  static Messages MakeMessages(const std::string& name, const Load& load, const Flow& flow) {
    const RedisCommandParts parts =
        SplitRedisCommand({"XADD", name, "MAXLEN", "~", kKept, "*", "r"}, load.bytes);
    return Messages(parts.before, load.bytes, parts.after, flow.chunk);
  }

  const UniqueFd adder_;
  Messages messages_;
};

}  // namespace

nlohmann::json MeasureRedisStreams(const Load& load, int streams) {
  if (auto skipped = SkippedWithout({RedisServer::kProgram})) return *skipped;
  const RedisServer server("appendonly yes\nappendfsync always\n");
  Load one_reader = load;
  one_reader.subscribers = 1;
  const Flow each = Flow::OfBytes(load, kOnTheWay);
  const auto count = static_cast<uint64_t>(streams);
  const Flow all = {.window = each.window * count, .chunk = each.chunk * count};
  Meter meter(load.rate > 0);
  Meter::Lane* const lane = meter.AddLane();
  Readers readers;
  std::vector<std::unique_ptr<Stream>> open;
  for (int i = 0; i < streams; ++i) {
    open.push_back(
        std::make_unique<Stream>(server, absl::StrCat("s", i), load, each, lane, &readers));
  }
  size_t next = 0;
  return ObservePublisher(
      one_reader, all, &meter, {{"server", server.pid()}, {"client", getpid()}},
      [&] { readers.ThrowIfFailed(); },
      [&](uint64_t results) {
        if (results == all.chunk) {
          for (const auto& stream : open) stream->Add(each.chunk);
        } else {
          open[next++ % open.size()]->Add(results);
        }
      });
}

}  // namespace rsca::bench
