// One call with one answer: deadline, cancellation, error.
#ifndef RSCA_CLIENT_CPP_UNARY_CALL_H_
#define RSCA_CLIENT_CPP_UNARY_CALL_H_

#include <grpcpp/client_context.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "client/cpp/cancel_state.h"
#include "client/cpp/connection.h"
#include "rsca/client/options.h"

namespace rsca::client::internal {

// Several calls, as for pages, share the timeout. For one thread.
class UnaryCall {
 public:
  UnaryCall(const Connection& connection, const CallOptions& options)
      : connection_(connection),
        deadline_(absl::Now() + options.timeout),
        cancel_(std::make_shared<CancelState>(options.cancellation)) {}

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline_));
    const CancelScope scope(cancel_, &context);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (status.ok()) return response;
    if (cancel_->cancelled()) return absl::CancelledError("the call was cancelled by its client");
    return connection_.ToStatus(status);
  }

 private:
  const Connection& connection_;
  const absl::Time deadline_;
  const std::shared_ptr<CancelState> cancel_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_UNARY_CALL_H_
