// The services ListenerChannels and Applications of the real server, with the plug-in `everything`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "rsca/v1/applications.grpc.pb.h"
#include "rsca/v1/listener_channels.grpc.pb.h"
#include "rsca/v1/worker_processes.grpc.pb.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/proc.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;

using Event = v1::ListenerChannelEvent;
using Stub = v1::ListenerChannels::Stub;

constexpr int32_t kBrokenPipe = static_cast<int32_t>(0x8007006d);

Manager Everything() {
  Manager manager("everything");
  manager.once = {"everything.started", "everything.stopped", "everything.messages",
                  "everything.preloading", "everything.channels"};
  return manager;
}

Config WithApplications() {
  return Config()
      .Pool("default", {Everything()}, {{"applications", "[{id: /LM/1/ROOT, site_id: 1}]"}})
      .Pool("other", {"echo"});
}

// A streaming call; Response is that of StartListenerChannel or StopListenerChannel.
template <typename Response>
class Stream {
 public:
  Stream() { context.set_deadline(std::chrono::system_clock::now() + kFailureBound); }

  // The next event; KIND_UNSPECIFIED at the end.
  Event Next() {
    Response response;
    while (reader->Read(&response)) {
      if (response.event().kind() != Event::KIND_UNSPECIFIED) return response.event();
    }
    return {};
  }
  grpc::Status Finish() { return reader->Finish(); }

  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<Response>> reader;
};
using StartStream = Stream<v1::StartListenerChannelResponse>;
using StopStream = Stream<v1::StopListenerChannelResponse>;

std::unique_ptr<StartStream> Start(Stub* stub, const std::string& protocol,
                                   const std::string& blob = "") {
  v1::StartListenerChannelRequest request;
  request.set_pool("pools/default");
  request.set_protocol(protocol);
  request.set_blob(blob);
  request.mutable_heartbeat_interval()->set_seconds(1);
  auto stream = std::make_unique<StartStream>();
  stream->reader = stub->StartListenerChannel(&stream->context, request);
  return stream;
}

std::unique_ptr<StopStream> Stop(Stub* stub, const std::string& name) {
  v1::StopListenerChannelRequest request;
  request.set_name(name);
  auto stream = std::make_unique<StopStream>();
  stream->reader = stub->StopListenerChannel(&stream->context, request);
  return stream;
}

v1::ListenerChannel Get(Stub* stub, const std::string& name) {
  grpc::ClientContext context;
  v1::GetListenerChannelRequest request;
  request.set_name(name);
  v1::GetListenerChannelResponse response;
  EXPECT_THAT(stub->GetListenerChannel(&context, request, &response), IsOk());
  return response.listener_channel();
}

class ListenerChannels : public testing::Test {
 protected:
  ListenerChannels()
      : server_(WithApplications()), stub_(v1::ListenerChannels::NewStub(server_.channel())) {
    EXPECT_TRUE(server_.WaitForHealth("pool/default"));
  }

  // What the plug-in is told to report.
  void Tell(const std::string& what, const v1::ListenerChannel& channel,
            const std::string& more = "") {
    const auto answer = RunAction(server_.stub(), "everything." + what,
                                  std::to_string(channel.id()) + (more.empty() ? "" : " " + more));
    EXPECT_THAT(answer.status, IsOk());
  }

  RscadProcess server_;
  std::unique_ptr<Stub> stub_;
};

TEST_F(ListenerChannels, CarryEveryReport) {
  const auto stream = Start(stub_.get(), "test.ok", std::string("blob \0\xff", 7));
  const Event started = stream->Next();
  EXPECT_EQ(started.kind(), Event::KIND_STARTED);
  const v1::ListenerChannel channel = started.listener_channel();
  EXPECT_EQ(channel.pool(), "default");
  EXPECT_EQ(channel.protocol(), "test.ok");
  EXPECT_EQ(channel.protocol_manager(), "everything");
  EXPECT_EQ(channel.worker(), "default-1");
  EXPECT_EQ(channel.state(), v1::ListenerChannel::STATE_STARTED);
  EXPECT_EQ(channel.blob(), std::string("blob \0\xff", 7));

  Tell("messages", channel, "5");
  Tell("messages", channel, "7");
  int64_t received = 0;
  while (received < 12) {
    const Event event = stream->Next();
    ASSERT_EQ(event.kind(), Event::KIND_MESSAGES_RECEIVED);
    received += event.messages_received();
    EXPECT_EQ(event.listener_channel().message_count(), received);
  }
  EXPECT_EQ(received, 12);

  const auto stop = Stop(stub_.get(), channel.name());
  const Event stopped = stop->Next();
  EXPECT_EQ(stopped.kind(), Event::KIND_STOPPED);
  EXPECT_EQ(stopped.listener_channel().hresult(), 0);
  EXPECT_EQ(stopped.listener_channel().message_count(), 12);
  EXPECT_EQ(stop->Next().kind(), Event::KIND_UNSPECIFIED);
  EXPECT_THAT(stop->Finish(), IsOk());
  EXPECT_EQ(stream->Next().kind(), Event::KIND_STOPPED);
  EXPECT_EQ(stream->Next().kind(), Event::KIND_UNSPECIFIED);
  EXPECT_THAT(stream->Finish(), IsOk());

  // It is known for a while, and its end comes again.
  EXPECT_EQ(Get(stub_.get(), channel.name()).state(), v1::ListenerChannel::STATE_STOPPED);
  EXPECT_EQ(Stop(stub_.get(), channel.name())->Next().kind(), Event::KIND_STOPPED);
}

TEST_F(ListenerChannels, GoOnWhenTheClientLeaves) {
  const auto stream = Start(stub_.get(), "test.ok");
  const v1::ListenerChannel channel = stream->Next().listener_channel();
  stream->context.TryCancel();
  EXPECT_THAT(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  Tell("messages", channel, "3");
  EXPECT_TRUE(Eventually([&] { return Get(stub_.get(), channel.name()).message_count() == 3; }));
  EXPECT_EQ(Get(stub_.get(), channel.name()).state(), v1::ListenerChannel::STATE_STARTED);
}

TEST_F(ListenerChannels, AreRefusedWithTheReasonOfTheProtocolManager) {
  EXPECT_THAT(Start(stub_.get(), "test.refused")->Finish(),
              IsError(StatusCode::kPermissionDenied, "PLUGIN_REFUSED"));
  const grpc::Status unknown = Start(stub_.get(), "nobody.knows")->Finish();
  EXPECT_EQ(ErrorReason(FromGrpcStatus(unknown)), "PLUGIN_REFUSED");
  EXPECT_EQ(Metadata(unknown, "hresult"), "0x80070032");
  EXPECT_THAT(Start(stub_.get(), "")->Finish(),
              IsError(StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  EXPECT_THAT(Start(stub_.get(), "test.ok", std::string(65537, 'x'))->Finish(),
              IsError(StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  EXPECT_THAT(Stop(stub_.get(), "listenerChannels/99")->Finish(),
              IsError(StatusCode::kNotFound, "LISTENER_NOT_FOUND"));
  EXPECT_THAT(Stop(stub_.get(), "99")->Finish(),
              IsError(StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  // What was refused is not listed.
  grpc::ClientContext context;
  v1::ListListenerChannelsResponse list;
  ASSERT_THAT(stub_->ListListenerChannels(&context, {}, &list), IsOk());
  EXPECT_EQ(list.listener_channels_size(), 0);
}

TEST_F(ListenerChannels, GiveSignsOfLifeUntilTheyListen) {
  const auto stream = Start(stub_.get(), "test.late");
  v1::StartListenerChannelResponse response;
  ASSERT_TRUE(stream->reader->Read(&response));
  EXPECT_EQ(response.event().kind(), Event::KIND_UNSPECIFIED);
  EXPECT_EQ(response.event().listener_channel().state(), v1::ListenerChannel::STATE_STARTING);
  Tell("started", response.event().listener_channel());
  EXPECT_EQ(stream->Next().kind(), Event::KIND_STARTED);
}

TEST_F(ListenerChannels, SayWhyTheyStopped) {
  const auto stream = Start(stub_.get(), "test.dies");
  Event last;
  for (Event event = stream->Next(); event.kind() != Event::KIND_UNSPECIFIED;
       event = stream->Next()) {
    last = event;
  }
  EXPECT_EQ(last.kind(), Event::KIND_STOPPED);
  EXPECT_EQ(last.listener_channel().hresult(), kBrokenPipe);
  EXPECT_THAT(stream->Finish(), IsOk());
}

TEST_F(ListenerChannels, StartAgainOnTheNextWorker) {
  const auto stream = Start(stub_.get(), "test.ok");
  const v1::ListenerChannel channel = stream->Next().listener_channel();
  for (const pid_t pid : server_.WorkerPids()) SendSignal(pid, SIGKILL);
  const Event again = stream->Next();
  EXPECT_EQ(again.kind(), Event::KIND_STARTED);
  EXPECT_EQ(again.listener_channel().id(), channel.id());
  EXPECT_EQ(again.listener_channel().worker(), "default-2");
}

TEST_F(ListenerChannels, AreListedByIdPageByPage) {
  std::vector<std::unique_ptr<StartStream>> streams;
  std::vector<std::string> started;
  for (int i = 0; i < 5; ++i) {
    streams.push_back(Start(stub_.get(), "test.ok"));
    started.push_back(streams.back()->Next().listener_channel().name());
  }
  std::vector<std::string> listed;
  v1::ListListenerChannelsRequest request;
  request.set_page_size(2);
  do {
    grpc::ClientContext context;
    v1::ListListenerChannelsResponse page;
    ASSERT_THAT(stub_->ListListenerChannels(&context, request, &page), IsOk());
    EXPECT_LE(page.listener_channels_size(), 2);
    for (const auto& channel : page.listener_channels()) listed.push_back(channel.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, started);
}

TEST_F(ListenerChannels, EndWithTheServer) {
  const auto stream = Start(stub_.get(), "test.ok");
  EXPECT_EQ(stream->Next().kind(), Event::KIND_STARTED);
  server_.Terminate();
  for (Event event = stream->Next(); event.kind() != Event::KIND_UNSPECIFIED;
       event = stream->Next()) {
    EXPECT_EQ(event.kind(), Event::KIND_STOPPED);
  }
  const grpc::Status end = stream->Finish();
  EXPECT_TRUE(end.ok() || ErrorReason(FromGrpcStatus(end)) == "SERVER_DRAINING") << Describe(end);
  EXPECT_EQ(server_.Wait(), ExitStatus{});
}

TEST_F(ListenerChannels, HaveApplicationsBesideThemThatArePreloaded) {
  const auto stub = v1::Applications::NewStub(server_.channel());
  const auto list = [&](const std::string& parent, v1::ListApplicationsResponse* response) {
    grpc::ClientContext context;
    v1::ListApplicationsRequest request;
    request.set_parent(parent);
    return stub->ListApplications(&context, request, response);
  };
  v1::ListApplicationsResponse all;
  ASSERT_THAT(list("pools/-", &all), IsOk());
  ASSERT_EQ(all.applications_size(), 1);
  EXPECT_EQ(all.applications(0).name(), "pools/default/applications//LM/1/ROOT");
  EXPECT_EQ(all.applications(0).site_id(), 1U);
  EXPECT_EQ(all.applications(0).state(), v1::Application::STATE_NOT_LOADED);
  v1::ListApplicationsResponse none;
  EXPECT_THAT(list("pools/other", &none), IsOk());
  EXPECT_EQ(none.applications_size(), 0);
  EXPECT_THAT(list("pools/nobody", &none), IsError(StatusCode::kNotFound, "POOL_NOT_FOUND"));

  const auto preload = [&](const std::string& name, v1::PreloadApplicationResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kFailureBound);
    v1::PreloadApplicationRequest request;
    request.set_name(name);
    return stub->PreloadApplication(&context, request, response);
  };
  v1::PreloadApplicationResponse loaded;
  ASSERT_THAT(preload(all.applications(0).name(), &loaded), IsOk());
  EXPECT_EQ(loaded.application().state(), v1::Application::STATE_LOADED);
  EXPECT_EQ(loaded.application().worker(), "default-1");

  RunAction(server_.stub(), "everything.preloading", "error");
  v1::PreloadApplicationResponse failed;
  ASSERT_THAT(preload(all.applications(0).name(), &failed), IsOk());
  EXPECT_EQ(failed.application().state(), v1::Application::STATE_FAILED);
  ASSERT_EQ(failed.application().failures_size(), 1);
  EXPECT_EQ(failed.application().failures(0).protocol_manager(), "everything");
  EXPECT_EQ(failed.application().failures(0).hresult(), static_cast<int32_t>(0x8007000e));

  EXPECT_THAT(preload("pools/default/applications/none", &failed),
              IsError(StatusCode::kNotFound, "APPLICATION_NOT_FOUND"));
  EXPECT_THAT(preload("pools/default", &failed),
              IsError(StatusCode::kInvalidArgument, "INVALID_REQUEST"));
}

}  // namespace
}  // namespace rsca::support
