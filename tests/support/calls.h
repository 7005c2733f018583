// Unary calls in one line. Each has a deadline, as a failure bound.
#ifndef RSCA_TESTS_SUPPORT_CALLS_H_
#define RSCA_TESTS_SUPPORT_CALLS_H_

#include <grpcpp/support/status.h>

#include <chrono>
#include <string>
#include <vector>

#include "rsca/v1/custom_actions.grpc.pb.h"
#include "tests/support/eventually.h"

namespace rsca::support {

template <typename Response>
struct Answer {
  grpc::Status status;
  Response response;
};

Answer<v1::RunCustomActionResponse> RunAction(v1::CustomActions::Stub* stub,
                                              const std::string& function,
                                              const std::string& arguments = "",
                                              std::chrono::milliseconds deadline = kFailureBound);

Answer<v1::CustomAction> GetCustomAction(v1::CustomActions::Stub* stub,
                                         const std::string& function);

Answer<v1::Registration> GetRegistration(v1::CustomActions::Stub* stub, const std::string& name);

// All pages. A refusal is a test failure.
std::vector<v1::CustomAction> ListCustomActions(v1::CustomActions::Stub* stub, int page_size = 0);
std::vector<v1::Registration> ListRegistrations(v1::CustomActions::Stub* stub, int page_size = 0);

// Waits until a registration has ended, and returns it.
v1::Registration WaitForEnd(v1::CustomActions::Stub* stub, const std::string& name);

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_CALLS_H_
