// Unary calls over a real connection, of a service whose handler is the test's.
#include "server/rpc/unary_call.h"

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>

#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/support/eventually.h"
#include "tests/unit/server/rpc/rpc_server.h"

namespace rsca::rpc {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using Raw = Health::WithRawMethod_Check<Health::Service>;
using Call = UnaryCall<HealthCheckRequest, HealthCheckResponse>;

class UnaryCallTest : public testing::Test {
 protected:
  void Serve(Call::Handler handler) {
    server_.emplace([&](grpc::ServerBuilder* builder, CallQueues* queues) {
      builder->RegisterService(&raw_);
      ServeUnary<HealthCheckRequest, HealthCheckResponse>(queues, &raw_, &Raw::RequestCheck,
                                                          std::move(handler));
    });
  }

  // A call of a client, in a thread of its own.
  class Client {
   public:
    explicit Client(const RpcServer& server)
        : stub_(Health::NewStub(server.channel())), thread_([this] {
            context_.set_deadline(std::chrono::system_clock::now() + support::kFailureBound);
            status_ = stub_->Check(&context_, request_, &response_);
          }) {}
    void Cancel() { context_.TryCancel(); }
    grpc::Status Wait() {
      thread_.join();
      return status_;
    }
    const HealthCheckResponse& response() const { return response_; }

   private:
    const std::unique_ptr<Health::Stub> stub_;
    grpc::ClientContext context_;
    HealthCheckRequest request_;
    HealthCheckResponse response_;
    grpc::Status status_;
    std::thread thread_;
  };

  // What the handler was given, once it was.
  std::shared_ptr<Call> Taken() {
    MutexLock lock(&mutex_);
    while (taken_ == nullptr) changed_.Wait(&mutex_);
    return std::exchange(taken_, nullptr);
  }
  Call::Handler Take() {
    return [this](const std::shared_ptr<Call>& call) {
      MutexLock lock(&mutex_);
      taken_ = call;
      changed_.NotifyAll();
    };
  }

  Raw raw_;
  Mutex mutex_;
  CondVar changed_;
  std::shared_ptr<Call> taken_ ABSL_GUARDED_BY(mutex_);
  std::optional<RpcServer> server_;
};

HealthCheckResponse Serving() {
  HealthCheckResponse response;
  response.set_status(HealthCheckResponse::SERVING);
  return response;
}

TEST_F(UnaryCallTest, EndsWithTheFirstAnswerOnAnyThread) {
  Serve(Take());
  Client client(*server_);
  {
    const std::shared_ptr<Call> call = Taken();
    call->WhenGone([] { ADD_FAILURE() << "it has ended before"; });
    call->Finish(Serving());
    call->Finish(absl::InternalError("late"));
  }
  EXPECT_TRUE(client.Wait().ok());
  EXPECT_EQ(client.response().status(), HealthCheckResponse::SERVING);
}

TEST_F(UnaryCallTest, EndsWithAnError) {
  Serve([](const std::shared_ptr<Call>& call) { call->Finish(absl::NotFoundError("nothing")); });
  const grpc::Status status = Client(*server_).Wait();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "nothing");
}

TEST_F(UnaryCallTest, IsEndedByAClientThatCancelsAndLeavesNothingBehind) {
  Serve(Take());
  Client client(*server_);
  std::weak_ptr<Call> weak;
  std::atomic<int> gone = 0;
  {
    const std::shared_ptr<Call> call = Taken();
    weak = call;
    call->WhenGone([&] { ++gone; });
  }
  client.Cancel();
  EXPECT_EQ(client.Wait().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(support::Eventually([&] { return weak.expired(); }));
  EXPECT_EQ(gone, 1);
}

TEST_F(UnaryCallTest, TellsOneWhoAsksLateThatTheClientHasGone) {
  Serve(Take());
  Client client(*server_);
  std::shared_ptr<Call> call = Taken();
  std::atomic<bool> first = false;
  call->WhenGone([&] { first = true; });
  client.Cancel();
  client.Wait();
  ASSERT_TRUE(support::Eventually([&] { return first.load(); }));
  bool second = false;
  call->WhenGone([&] { second = true; });
  EXPECT_TRUE(second);
  call->Finish(Serving());
  call.reset();
}

TEST_F(UnaryCallTest, IsEndedByTheServersEnd) {
  Serve(Take());
  Client client(*server_);
  Taken();
  server_->Shutdown();
  EXPECT_FALSE(client.Wait().ok());
}

TEST_F(UnaryCallTest, RefusesWhatIsNoMessageOfItsType) {
  Serve([](const std::shared_ptr<Call>& /*call*/) { ADD_FAILURE() << "there is no request"; });
  for (const std::string& bytes : {std::string("\xff\xff"), std::string("\x0a\x01\xff")}) {
    grpc::GenericStub stub(server_->channel());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + support::kFailureBound);
    grpc::CompletionQueue queue;
    const grpc::Slice slice(bytes);
    const auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check",
                                            grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    ASSERT_TRUE(queue.Next(&tag, &ok));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(ErrorReason(FromGrpcStatus(status)), "INVALID_REQUEST");
  }
}

}  // namespace
}  // namespace rsca::rpc
