// Calls with one answer.
#include "rsca/client/client.h"

#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "common/status.h"
#include "rsca/v1/custom_actions.grpc.pb.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace rsca::client {
namespace {

using support::Eventually;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Lists in pages of one; its function `hang` never answers.
class PagingService final : public v1::CustomActions::Service {
 public:
  grpc::Status ListCustomActions(grpc::ServerContext* /*context*/,
                                 const v1::ListCustomActionsRequest* request,
                                 v1::ListCustomActionsResponse* response) override {
    const std::string token = request->page_token();
    response->add_custom_actions()->set_function(token.empty() ? "a" : token);
    if (token.empty()) response->set_next_page_token("b");
    if (token == "b") response->set_next_page_token("c");
    return grpc::Status::OK;
  }

  grpc::Status ListRegistrations(grpc::ServerContext* /*context*/,
                                 const v1::ListRegistrationsRequest* request,
                                 v1::ListRegistrationsResponse* response) override {
    const std::string token = request->page_token();
    response->add_registrations()->set_name(token.empty() ? "registrations/1" : token);
    if (token.empty()) response->set_next_page_token("registrations/2");
    return grpc::Status::OK;
  }

  grpc::Status GetCustomAction(grpc::ServerContext* /*context*/,
                               const v1::GetCustomActionRequest* request,
                               v1::GetCustomActionResponse* response) override {
    if (request->name() != "customActions/a") {
      return ToGrpcStatus(MakeError(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND",
                                    "there is no such action", {{"function", request->name()}}));
    }
    response->mutable_custom_action()->set_function("a");
    return grpc::Status::OK;
  }

  grpc::Status GetRegistration(grpc::ServerContext* /*context*/,
                               const v1::GetRegistrationRequest* request,
                               v1::GetRegistrationResponse* response) override {
    response->mutable_registration()->set_name(request->name());
    return grpc::Status::OK;
  }

  grpc::Status RunCustomAction(grpc::ServerContext* context,
                               const v1::RunCustomActionRequest* request,
                               v1::RunCustomActionResponse* response) override {
    if (request->function() == "hang") {
      hanging_ = true;
      EXPECT_TRUE(Eventually([context] { return context->IsCancelled(); }));
      return grpc::Status::CANCELLED;
    }
    response->set_response(request->function() + " " + request->arguments());
    response->set_hr_status(-1);
    return grpc::Status::OK;
  }

  bool hanging() const { return hanging_; }

 private:
  std::atomic<bool> hanging_ = false;
};

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    client_.emplace(*Client::Connect({address_}));
  }

  const support::TempDir dir_;
  const std::string address_ = "unix:" + dir_.File("server.sock");
  PagingService service_;
  std::unique_ptr<grpc::Server> server_;
  std::optional<Client> client_;
};

TEST_F(ClientTest, ListsAllPages) {
  const auto actions = client_->ListCustomActions();
  ASSERT_TRUE(actions.ok()) << actions.status();
  std::vector<std::string> functions;
  for (const v1::CustomAction& action : *actions) functions.push_back(action.function());
  EXPECT_THAT(functions, ElementsAre("a", "b", "c"));

  const auto registrations = client_->ListRegistrations();
  ASSERT_TRUE(registrations.ok()) << registrations.status();
  ASSERT_EQ(registrations->size(), 2u);
  EXPECT_EQ((*registrations)[1].name(), "registrations/2");
}

TEST_F(ClientTest, GetsOneByName) {
  EXPECT_EQ(client_->GetCustomAction("a")->function(), "a");
  EXPECT_EQ(client_->GetRegistration("registrations/7")->name(), "registrations/7");
}

TEST_F(ClientTest, ReturnsTheServersErrorWithItsDetails) {
  const absl::Status status = client_->GetCustomAction("b").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorReason(status), "ACTION_NOT_FOUND");
  EXPECT_EQ(ErrorMetadata(status, "function"), "customActions/b");
  EXPECT_EQ(DescribeError(status), "NOT_FOUND: there is no such action [ACTION_NOT_FOUND]");
  EXPECT_FALSE(GetLostResults(status).has_value());
}

TEST_F(ClientTest, RunsAnActionWhoseFailureIsNoErrorOfTheCall) {
  const auto response = client_->Run("echo", "{}");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->response(), "echo {}");
  EXPECT_EQ(response->hr_status(), -1);
}

TEST_F(ClientTest, EndsACallAtItsTimeout) {
  CallOptions options;
  options.timeout = absl::Milliseconds(50);
  EXPECT_EQ(client_->Run("hang", "", options).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(ClientTest, EndsACallThatIsCancelled) {
  CallOptions options;
  std::thread other([&] {
    EXPECT_TRUE(Eventually([this] { return service_.hanging(); }));
    options.cancellation.Cancel();
  });
  EXPECT_EQ(client_->Run("hang", "", options).status().code(), absl::StatusCode::kCancelled);
  other.join();
  EXPECT_TRUE(options.cancellation.cancelled());
  EXPECT_EQ(client_->Run("echo", "", options).status().code(), absl::StatusCode::kCancelled)
      << "later calls with it, too";
}

TEST_F(ClientTest, AsksForHealth) {
  EXPECT_TRUE(client_->CheckHealth().ok());
  server_->GetHealthCheckService()->SetServingStatus(false);
  const absl::Status status = client_->CheckHealth();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("NOT_SERVING"));
}

TEST_F(ClientTest, TakesTheAddressFromTheEnvironment) {
  setenv("RSCA_SERVER", address_.c_str(), 1);
  const absl::StatusOr<Client> client = Client::Connect();
  unsetenv("RSCA_SERVER");
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(client->address(), address_);
}

TEST_F(ClientTest, WaitsForTheConnectionWhereAsked) {
  ConnectOptions options;
  options.address = address_;
  options.ready_timeout = absl::Seconds(60);
  EXPECT_TRUE(Client::Connect(options).ok());
  options.address = "unix:" + dir_.File("nobody.sock");
  options.ready_timeout = absl::Milliseconds(10);
  EXPECT_EQ(Client::Connect(options).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ClientTest, NamesATlsFileThatItCannotRead) {
  ConnectOptions options;
  options.address = "localhost:1";
  options.tls.emplace().ca_file = dir_.File("no-such.pem");
  const absl::Status status = Client::Connect(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no-such.pem"));
}

TEST_F(ClientTest, WantsCertificateAndKeyTogether) {
  ConnectOptions options;
  options.tls.emplace().certificate_file = dir_.File("client.pem");
  EXPECT_EQ(Client::Connect(options).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace rsca::client
