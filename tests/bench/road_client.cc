#include "tests/bench/road_client.h"

#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/support/eventually.h"

namespace rsca::bench {
namespace {

constexpr int kRegistrationsPerConnection = 100;

// Those that are set up at once: fewer than the worker has threads for (`max_plugin_calls`).
constexpr int kAtOnce = 50;

}  // namespace

std::string PublishArguments(const Load& load) {
  return nlohmann::json{{"bytes", load.bytes}, {"rate", load.rate}}.dump();
}

v1::RegisterCustomActionRequest MakeRequest(const std::string& function,
                                            const std::string& arguments, int batch) {
  v1::RegisterCustomActionRequest request;
  request.set_function(function);
  request.set_arguments(arguments);
  request.set_max_results_per_message(static_cast<uint32_t>(batch));
  return request;
}

void Register(Receiver* receiver, const ChannelPtr& channel,
              const v1::RegisterCustomActionRequest& request,
              std::function<void(const std::string& name)> on_registered) {
  receiver->Open(
      [&](grpc::ClientContext* context, grpc::CompletionQueue* queue) {
        return v1::CustomActions::NewStub(channel)->PrepareAsyncRegisterCustomAction(
            context, request, queue);
      },
      std::move(on_registered));
}

void Attach(Receiver* receiver, const ChannelPtr& channel, const std::string& name, int batch) {
  v1::AttachCustomActionRequest request;
  request.set_name(name);
  request.set_max_results_per_message(static_cast<uint32_t>(batch));
  receiver->Open([&](grpc::ClientContext* context, grpc::CompletionQueue* queue) {
    return v1::CustomActions::NewStub(channel)->PrepareAsyncAttachCustomAction(context, request,
                                                                               queue);
  });
}

std::vector<std::string> RegisterMany(Receiver* receiver, const RoadServer& server, int count,
                                      const v1::RegisterCustomActionRequest& request) {
  struct Registered {
    std::mutex mutex;
    std::vector<std::string> names;
  };
  const auto registered = std::make_shared<Registered>();
  const auto so_far = [&] {
    const std::lock_guard<std::mutex> lock(registered->mutex);
    return static_cast<int>(registered->names.size());
  };
  const auto wait_for = [&](int names) {
    support::Eventually([&] { return so_far() >= names || !receiver->failure().empty(); });
    if (so_far() < names) throw std::runtime_error("not registered: " + receiver->failure());
  };
  ChannelPtr channel;
  for (int i = 0; i < count; ++i) {
    if (i % kAtOnce == 0) wait_for(i);
    if (i % kRegistrationsPerConnection == 0) channel = server.NewChannel();
    Register(receiver, channel, request, [registered](const std::string& name) {
      const std::lock_guard<std::mutex> lock(registered->mutex);
      registered->names.push_back(name);
    });
  }
  wait_for(count);
  return registered->names;
}

}  // namespace rsca::bench
