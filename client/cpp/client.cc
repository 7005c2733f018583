#include "rsca/client/client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/connection.h"
#include "client/cpp/open_stream.h"
#include "client/cpp/unary_call.h"
#include "common/status.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace rsca::client {

using Stub = v1::CustomActions::StubInterface;
using internal::UnaryCall;

absl::StatusOr<Client> Client::Connect(const ConnectOptions& options) {
  absl::StatusOr<std::shared_ptr<internal::Connection>> connection =
      internal::Connection::Make(options);
  if (!connection.ok()) return connection.status();
  return Client(*std::move(connection));
}

Client::Client(std::shared_ptr<internal::Connection> connection)
    : connection_(std::move(connection)) {}

const std::string& Client::address() const { return connection_->address(); }

absl::Status Client::CheckHealth(const CallOptions& options, absl::string_view service) {
  using grpc::health::v1::Health;
  const std::unique_ptr<Health::StubInterface> health = Health::NewStub(connection_->channel());
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(std::string(service));
  const auto response =
      UnaryCall(*connection_, options).Call(*health, &Health::StubInterface::Check, request);
  if (!response.ok()) return response.status();
  using Response = grpc::health::v1::HealthCheckResponse;
  if (response->status() == Response::SERVING) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kUnavailable, "NOT_SERVING",
      absl::StrCat("the server says ", Response::ServingStatus_Name(response->status())));
}

absl::StatusOr<std::vector<v1::CustomAction>> Client::ListCustomActions(
    const CallOptions& options) {
  UnaryCall call(*connection_, options);
  v1::ListCustomActionsRequest request;
  std::vector<v1::CustomAction> actions;
  do {
    auto page = call.Call(connection_->stub(), &Stub::ListCustomActions, request);
    if (!page.ok()) return page.status();
    for (v1::CustomAction& action : *page->mutable_custom_actions()) {
      actions.push_back(std::move(action));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return actions;
}

absl::StatusOr<v1::CustomAction> Client::GetCustomAction(absl::string_view function,
                                                         const CallOptions& options) {
  v1::GetCustomActionRequest request;
  request.set_name(absl::StrCat("customActions/", function));
  auto response =
      UnaryCall(*connection_, options).Call(connection_->stub(), &Stub::GetCustomAction, request);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_custom_action());
}

absl::StatusOr<v1::RunCustomActionResponse> Client::Run(absl::string_view function,
                                                        absl::string_view arguments,
                                                        const CallOptions& options) {
  v1::RunCustomActionRequest request;
  request.set_function(std::string(function));
  request.set_arguments(std::string(arguments));
  return UnaryCall(*connection_, options)
      .Call(connection_->stub(), &Stub::RunCustomAction, request);
}

absl::StatusOr<std::vector<v1::Registration>> Client::ListRegistrations(
    const CallOptions& options) {
  UnaryCall call(*connection_, options);
  v1::ListRegistrationsRequest request;
  std::vector<v1::Registration> registrations;
  do {
    auto page = call.Call(connection_->stub(), &Stub::ListRegistrations, request);
    if (!page.ok()) return page.status();
    for (v1::Registration& registration : *page->mutable_registrations()) {
      registrations.push_back(std::move(registration));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return registrations;
}

absl::StatusOr<v1::Registration> Client::GetRegistration(absl::string_view name,
                                                         const CallOptions& options) {
  v1::GetRegistrationRequest request;
  request.set_name(std::string(name));
  auto response =
      UnaryCall(*connection_, options).Call(connection_->stub(), &Stub::GetRegistration, request);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_registration());
}

absl::StatusOr<ResultStream> Client::Register(absl::string_view function,
                                              absl::string_view arguments,
                                              const RegisterOptions& options) {
  return internal::OpenRegister(connection_, function, arguments, options);
}

absl::StatusOr<ResultStream> Client::Attach(absl::string_view name, const StreamOptions& options) {
  return internal::OpenAttach(connection_, name, options);
}

absl::StatusOr<ResultStream> Client::Unregister(absl::string_view name,
                                                const StreamOptions& options) {
  return internal::OpenUnregister(connection_, name, options);
}

absl::StatusOr<ResultStream> Client::UnregisterFunction(absl::string_view function,
                                                        const StreamOptions& options) {
  return internal::OpenUnregisterFunction(connection_, function, options);
}

}  // namespace rsca::client
