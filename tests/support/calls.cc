#include "tests/support/calls.h"

#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/errors.h"

namespace rsca::support {
namespace {

std::unique_ptr<grpc::ClientContext> Context(std::chrono::milliseconds deadline = kFailureBound) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + deadline);
  return context;
}

}  // namespace

Answer<v1::RunCustomActionResponse> RunAction(v1::CustomActions::Stub* stub,
                                              const std::string& function,
                                              const std::string& arguments,
                                              std::chrono::milliseconds deadline) {
  v1::RunCustomActionRequest request;
  request.set_function(function);
  request.set_arguments(arguments);
  Answer<v1::RunCustomActionResponse> answer;
  answer.status = stub->RunCustomAction(Context(deadline).get(), request, &answer.response);
  return answer;
}

Answer<v1::CustomAction> GetCustomAction(v1::CustomActions::Stub* stub,
                                         const std::string& function) {
  v1::GetCustomActionRequest request;
  request.set_name("customActions/" + function);
  v1::GetCustomActionResponse response;
  const grpc::Status status = stub->GetCustomAction(Context().get(), request, &response);
  return {status, response.custom_action()};
}

Answer<v1::Registration> GetRegistration(v1::CustomActions::Stub* stub, const std::string& name) {
  v1::GetRegistrationRequest request;
  request.set_name(name);
  v1::GetRegistrationResponse response;
  const grpc::Status status = stub->GetRegistration(Context().get(), request, &response);
  return {status, response.registration()};
}

std::vector<v1::CustomAction> ListCustomActions(v1::CustomActions::Stub* stub, int page_size) {
  std::vector<v1::CustomAction> all;
  v1::ListCustomActionsRequest request;
  request.set_page_size(page_size);
  do {
    v1::ListCustomActionsResponse response;
    const grpc::Status status = stub->ListCustomActions(Context().get(), request, &response);
    EXPECT_THAT(status, IsOk());
    if (page_size > 0) {
      EXPECT_LE(response.custom_actions_size(), page_size);
    }
    all.insert(all.end(), response.custom_actions().begin(), response.custom_actions().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

std::vector<v1::Registration> ListRegistrations(v1::CustomActions::Stub* stub, int page_size) {
  std::vector<v1::Registration> all;
  v1::ListRegistrationsRequest request;
  request.set_page_size(page_size);
  do {
    v1::ListRegistrationsResponse response;
    const grpc::Status status = stub->ListRegistrations(Context().get(), request, &response);
    EXPECT_THAT(status, IsOk());
    if (page_size > 0) {
      EXPECT_LE(response.registrations_size(), page_size);
    }
    all.insert(all.end(), response.registrations().begin(), response.registrations().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

v1::Registration WaitForEnd(v1::CustomActions::Stub* stub, const std::string& name) {
  v1::Registration registration;
  EXPECT_TRUE(Eventually([&] {
    registration = GetRegistration(stub, name).response;
    return registration.state() == v1::Registration::STATE_ENDED;
  })) << name
      << " does not end: " << registration.ShortDebugString();
  return registration;
}

}  // namespace rsca::support
