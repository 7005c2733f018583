// NATS JetStream: a stream in files, published to without waiting for each acknowledgment, and read
// by an ordered consumer for each subscriber, which is its fastest: nothing is acknowledged one by
// one.
#include <nats/nats.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/peers/nats_server.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/peers/publisher.h"

namespace rsca::bench {
namespace {

constexpr size_t kOnTheWay = 1 << 20;        // bytes, to each subscriber
constexpr int64_t kUnacknowledged = 8192;    // results published and not yet acknowledged
constexpr int64_t kPatience = 10'000;        // ms for acknowledgments
constexpr int64_t kKept = int64_t{1} << 30;  // bytes of the stream
constexpr char kSubject[] = "results";

void Check(natsStatus status, const char* what) {
  if (status != NATS_OK) {
    throw std::runtime_error(absl::StrCat("NATS: ", what, ": ", natsStatus_GetText(status)));
  }
}

// What the library gives out, with the function that takes it back.
template <typename T, void (*kDestroy)(T*)>
struct Destroy {
  void operator()(T* object) const { kDestroy(object); }
};
using Options = std::unique_ptr<natsOptions, Destroy<natsOptions, natsOptions_Destroy>>;
using Connection = std::unique_ptr<natsConnection, Destroy<natsConnection, natsConnection_Destroy>>;
using Context = std::unique_ptr<jsCtx, Destroy<jsCtx, jsCtx_Destroy>>;
using Subscription =
    std::unique_ptr<natsSubscription, Destroy<natsSubscription, natsSubscription_Destroy>>;
using Message = std::unique_ptr<natsMsg, Destroy<natsMsg, natsMsg_Destroy>>;

Connection Connect(const NatsServer& server, bool at_once) {
  natsOptions* made = nullptr;
  Check(natsOptions_Create(&made), "options");
  const Options options(made);
  Check(natsOptions_SetURL(made, server.url().c_str()), "address");
  Check(natsOptions_SetSendAsap(made, at_once), "options");
  // A thread for all subscriptions, not one for each.
  Check(natsOptions_UseGlobalMessageDelivery(made, true), "options");
  natsConnection* connection = nullptr;
  Check(natsConnection_Connect(&connection, made), "connect");
  return Connection(connection);
}

Context JetStreamOf(const Connection& connection) {
  jsOptions options;
  Check(jsOptions_Init(&options), "options");
  options.PublishAsync.MaxPending = kUnacknowledged;
  options.PublishAsync.StallWait = kPatience;
  jsCtx* context = nullptr;
  Check(natsConnection_JetStream(&context, connection.get(), &options), "JetStream");
  return Context(context);
}

void AddStream(const Context& context) {
  const char* subjects[] = {kSubject};
  jsStreamConfig config;
  Check(jsStreamConfig_Init(&config), "stream");
  config.Name = "RESULTS";
  config.Subjects = subjects;
  config.SubjectsLen = 1;
  config.Storage = js_FileStorage;
  config.MaxBytes = kKept;
  Check(js_AddStream(nullptr, context.get(), &config, nullptr, nullptr), "stream");
}

class Subscriber {
 public:
  Subscriber(const NatsServer& server, Meter::Lane* lane)
      : connection_(Connect(server, /*at_once=*/false)), context_(JetStreamOf(connection_)) {
    jsSubOptions options;
    Check(jsSubOptions_Init(&options), "subscribe");
    options.Ordered = true;
    natsSubscription* subscription = nullptr;
    Check(js_Subscribe(&subscription, context_.get(), kSubject, OnMessage, lane, nullptr, &options,
                       nullptr),
          "subscribe");
    subscription_.reset(subscription);
    Check(natsSubscription_SetPendingLimits(subscription, -1, -1), "subscribe");
  }

 private:
  static void OnMessage(natsConnection*, natsSubscription*, natsMsg* message, void* lane) {
    const Message owned(message);
    static_cast<Meter::Lane*>(lane)->Count(
        1, {natsMsg_GetData(message), static_cast<size_t>(natsMsg_GetDataLength(message))});
  }

  const Connection connection_;
  const Context context_;
  Subscription subscription_;
};

}  // namespace

nlohmann::json MeasureJetStream(const Load& load) {
  if (auto skipped = SkippedWithout({NatsServer::kProgram})) return *skipped;
  const NatsServer server(/*jetstream=*/true);
  const Connection connection = Connect(server, load.rate > 0);
  const Context context = JetStreamOf(connection);
  AddStream(context);
  Meter meter(load.rate > 0);
  std::vector<std::unique_ptr<Subscriber>> subscribers;
  for (int i = 0; i < load.subscribers; ++i) {
    subscribers.push_back(std::make_unique<Subscriber>(server, meter.AddLane()));
  }
  Messages result("", load.bytes, "", 1);
  return ObservePublisher(
      load, Flow::OfBytes(load, kOnTheWay), &meter,
      {{"server", server.pid()}, {"client", getpid()}}, [] {},
      [&](uint64_t results) {
        for (uint64_t i = 0; i < results; ++i) {
          const std::string_view stamped = result.Stamped(1);
          Check(js_PublishAsync(context.get(), kSubject, stamped.data(),
                                static_cast<int>(stamped.size()), nullptr),
                "publish");
        }
      });
}

}  // namespace rsca::bench
