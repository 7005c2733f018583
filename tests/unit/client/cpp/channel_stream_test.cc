// ChannelStream against a server that says what the test wants.
#include <gmock/gmock.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "common/status.h"
#include "rsca/client/client.h"
#include "rsca/v1/listener_channels.grpc.pb.h"
#include "tests/support/temp_dir.h"

namespace rsca::client {
namespace {

using Event = v1::ListenerChannelEvent;

// Starts channel 7, which receives some messages and then stops, is lost, or is refused.
class ChannelServer final : public v1::ListenerChannels::Service {
 public:
  ChannelServer() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  std::string address() const { return "unix:" + dir_.File("server.sock"); }

  grpc::Status StartListenerChannel(
      grpc::ServerContext* context, const v1::StartListenerChannelRequest* request,
      grpc::ServerWriter<v1::StartListenerChannelResponse>* writer) override {
    start_request = *request;
    if (request->protocol() == "refused") {
      return ToGrpcStatus(MakeError(absl::StatusCode::kUnimplemented, "PLUGIN_REFUSED", "no"));
    }
    for (const Event::Kind kind : {Event::KIND_UNSPECIFIED, Event::KIND_STARTED,
                                   Event::KIND_UNSPECIFIED, Event::KIND_MESSAGES_RECEIVED}) {
      v1::StartListenerChannelResponse response;
      response.mutable_event()->set_kind(kind);
      response.mutable_event()->mutable_listener_channel()->set_id(7);
      writer->Write(response);
    }
    if (request->protocol() == "lost") return {grpc::StatusCode::UNAVAILABLE, "lost"};
    while (request->protocol() == "waits" && !context->IsCancelled()) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    v1::StartListenerChannelResponse stopped;
    stopped.mutable_event()->set_kind(Event::KIND_STOPPED);
    writer->Write(stopped);
    return grpc::Status::OK;
  }

  grpc::Status StopListenerChannel(
      grpc::ServerContext* /*context*/, const v1::StopListenerChannelRequest* request,
      grpc::ServerWriter<v1::StopListenerChannelResponse>* writer) override {
    stop_request = *request;
    v1::StopListenerChannelResponse stopped;
    stopped.mutable_event()->set_kind(Event::KIND_STOPPED);
    writer->Write(stopped);
    return grpc::Status::OK;
  }

  v1::StartListenerChannelRequest start_request;
  v1::StopListenerChannelRequest stop_request;

 private:
  const support::TempDir dir_;
  std::unique_ptr<grpc::Server> server_;
};

StartChannelOptions Start(const std::string& protocol) {
  StartChannelOptions options;
  options.pool = "default";
  options.protocol = protocol;
  options.blob = std::string("\0\xff", 2);
  options.protocol_manager = "syslog";
  return options;
}

// Kinds up to the end, which is `status`.
std::vector<Event::Kind> All(ChannelStream* stream, absl::Status* status) {
  std::vector<Event::Kind> kinds;
  while (true) {
    const auto event = stream->Next();
    *status = event.status();
    if (!event.ok() || !event->has_value()) return kinds;
    kinds.push_back((*event)->kind());
  }
}

TEST(ChannelStream, CarriesEveryReportAndNoSignOfLife) {
  ChannelServer server;
  auto stream = Client::Connect({server.address()})->StartChannel(Start("udp"));
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_EQ(stream->channel().id(), 7U);
  absl::Status status;
  EXPECT_THAT(All(&*stream, &status),
              testing::ElementsAre(Event::KIND_STARTED, Event::KIND_MESSAGES_RECEIVED,
                                   Event::KIND_STOPPED));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(stream->Next()->has_value());
  EXPECT_EQ(server.start_request.pool(), "pools/default");
  EXPECT_EQ(server.start_request.blob(), std::string("\0\xff", 2));
  EXPECT_EQ(server.start_request.protocol_manager(), "syslog");
}

TEST(ChannelStream, EndsWithALostConnection) {
  ChannelServer server;
  auto stream = Client::Connect({server.address()})->StartChannel(Start("lost"));
  ASSERT_TRUE(stream.ok()) << stream.status();
  absl::Status status;
  EXPECT_EQ(All(&*stream, &status).size(), 2U);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(stream->Next().status(), status);
  EXPECT_EQ(stream->channel().id(), 7U);
}

TEST(ChannelStream, IsNotBegunWhereTheServerRefuses) {
  ChannelServer server;
  const auto stream = Client::Connect({server.address()})->StartChannel(Start("refused"));
  EXPECT_EQ(ErrorReason(stream.status()), "PLUGIN_REFUSED");
}

TEST(ChannelStream, EndsByCancelWhileItWaits) {
  ChannelServer server;
  auto stream = Client::Connect({server.address()})->StartChannel(Start("waits"));
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_TRUE(stream->Next().ok());
  EXPECT_TRUE(stream->Next().ok());
  std::thread cancels([&stream] { stream->Cancel(); });
  EXPECT_TRUE(absl::IsCancelled(stream->Next().status()));
  cancels.join();
}

TEST(ChannelStream, OfAStopNamesTheChannel) {
  ChannelServer server;
  StopChannelOptions options;
  options.immediate = true;
  auto stream = Client::Connect({server.address()})->StopChannel(7, options);
  ASSERT_TRUE(stream.ok()) << stream.status();
  absl::Status status;
  EXPECT_THAT(All(&*stream, &status), testing::ElementsAre(Event::KIND_STOPPED));
  EXPECT_EQ(server.stop_request.name(), "listenerChannels/7");
  EXPECT_TRUE(server.stop_request.immediate());
}

}  // namespace
}  // namespace rsca::client
