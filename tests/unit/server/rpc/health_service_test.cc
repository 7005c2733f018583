// grpc.health.v1 over a real connection.
#include "server/rpc/health_service.h"

#include <gtest/gtest.h>

#include <string>

#include "common/status.h"
#include "tests/support/eventually.h"
#include "tests/support/health.h"
#include "tests/unit/server/rpc/rpc_server.h"

namespace rsca::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

class HealthServiceTest : public testing::Test {
 protected:
  // A watch stream of the test.
  struct Watch {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader;

    // The next status; empty at the end of the stream.
    std::string Read() {
      HealthCheckResponse message;
      if (!reader->Read(&message)) return "";
      return HealthCheckResponse::ServingStatus_Name(message.status());
    }
    absl::Status Finish() { return FromGrpcStatus(reader->Finish()); }
  };

  std::unique_ptr<Watch> Start(const std::string& service) {
    auto watch = std::make_unique<Watch>();
    watch->context.set_deadline(std::chrono::system_clock::now() + support::kFailureBound);
    HealthCheckRequest request;
    request.set_service(service);
    watch->reader = stub_->Watch(&watch->context, request);
    return watch;
  }

  std::string Check(const std::string& service) {
    return support::Health(server_.channel(), service);
  }

  ThreadTimers timers_;
  observability::Health health_;
  HealthService service_{&health_, &timers_};
  RpcServer server_{[this](grpc::ServerBuilder* builder, CallQueues* queues) {
    service_.AddTo(builder, queues);
  }};
  const std::unique_ptr<grpc::health::v1::Health::Stub> stub_ =
      grpc::health::v1::Health::NewStub(server_.channel());
};

TEST_F(HealthServiceTest, ChecksTheWholeAndItsParts) {
  health_.SetPool("one", true);
  health_.SetPool("two", false);
  EXPECT_EQ(Check(""), "SERVING");
  EXPECT_EQ(Check("rsca.v1.CustomActions"), "SERVING");
  EXPECT_EQ(Check("pool/one"), "SERVING");
  EXPECT_EQ(Check("pool/two"), "NOT_SERVING");
  EXPECT_EQ(Check("pool/three"), "NOT_FOUND");
}

TEST_F(HealthServiceTest, TellsAWatchTheStateAndEachChangeOfIt) {
  health_.SetJournal(true);
  const auto watch = Start("journal");
  EXPECT_EQ(watch->Read(), "SERVING");
  health_.SetJournal(true);
  health_.SetPool("one", false);
  health_.SetJournal(false);
  EXPECT_EQ(watch->Read(), "NOT_SERVING");
  health_.SetJournal(true);
  EXPECT_EQ(watch->Read(), "SERVING");
}

TEST_F(HealthServiceTest, LetsAWatchWaitForAServiceThatIsNotKnownYet) {
  const auto watch = Start("pool/one");
  EXPECT_EQ(watch->Read(), "SERVICE_UNKNOWN");
  health_.SetPool("one", false);
  EXPECT_EQ(watch->Read(), "NOT_SERVING");
  health_.SetPool("one", true);
  EXPECT_EQ(watch->Read(), "SERVING");
}

TEST_F(HealthServiceTest, TellsAllWatchesOfTheDrainThenEndsThem) {
  health_.SetPool("one", true);
  const auto whole = Start("");
  const auto pool = Start("pool/one");
  const auto unknown = Start("pool/two");
  EXPECT_EQ(whole->Read(), "SERVING");
  EXPECT_EQ(pool->Read(), "SERVING");
  EXPECT_EQ(unknown->Read(), "SERVICE_UNKNOWN");
  health_.Drain();
  EXPECT_EQ(whole->Read(), "NOT_SERVING");
  EXPECT_EQ(pool->Read(), "NOT_SERVING");
  health_.SetPool("one", true);
  EXPECT_EQ(Check("pool/one"), "NOT_SERVING") << "stays so";
  service_.streams().Drain();
  for (const auto& watch : {whole.get(), pool.get(), unknown.get()}) {
    EXPECT_EQ(watch->Read(), "");
    EXPECT_EQ(ErrorReason(watch->Finish()), "SERVER_DRAINING");
  }
  EXPECT_TRUE(service_.streams().WaitUntilEmpty(absl::Minutes(1)));
}

TEST_F(HealthServiceTest, ForgetsAClientThatLeaves) {
  const auto watch = Start("");
  EXPECT_EQ(watch->Read(), "SERVING");
  watch->context.TryCancel();
  EXPECT_EQ(watch->Finish().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(service_.streams().WaitUntilEmpty(absl::Minutes(1)));
  health_.SetPool("one", true);
}

}  // namespace
}  // namespace rsca::rpc
