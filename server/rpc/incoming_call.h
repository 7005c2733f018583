// What the calls of all RPCs have in common on an async completion queue: how gRPC is asked for
// one, who makes it, and the bytes of its request.
#ifndef RSCA_SERVER_RPC_INCOMING_CALL_H_
#define RSCA_SERVER_RPC_INCOMING_CALL_H_

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/status.h"
#include "server/rpc/call_queues.h"
#include "server/rpc/operation.h"
#include "server/security/principal.h"

namespace rsca::rpc {

// The base of `Call`, which answers with gRPC's `ResponseWriter`. Its operations keep it alive; it
// is over when the one that ended it completes.
template <typename Call, typename ResponseWriter>
class IncomingCall : public std::enable_shared_from_this<Call> {
 public:
  using Writer = ResponseWriter;
  // What the call's RPC does with the request. It answers, or lets the call be answered later and
  // on any thread.
  using Handler = std::function<void(const std::shared_ptr<Call>&)>;
  // Asks gRPC for a call of the RPC.
  using Requester =
      std::function<void(grpc::ServerContext*, grpc::ByteBuffer*, Writer*, void* tag)>;

  // Waits for a call.
  void Accept(const Requester& requester) {
    context_.AsyncNotifyWhenDone(done_operation_.Begin(this->shared_from_this()));
    requester(&context_, &request_bytes_, &writer_,
              accept_operation_.Begin(this->shared_from_this()));
  }

  // Who calls; see security/principal.h.
  std::string Principal() const {
    return security::PrincipalOf(*context_.auth_context(), context_.peer());
  }

  // Once. INVALID_ARGUMENT if the request is malformed.
  template <typename Request>
  absl::Status Parse(Request* request) {
    const grpc::Status status =
        grpc::SerializationTraits<Request>::Deserialize(&request_bytes_, request);
    if (status.ok()) return absl::OkStatus();
    return MakeError(
        absl::StatusCode::kInvalidArgument, "INVALID_REQUEST",
        "the request is not a valid protobuf message of its type, or its text is not UTF-8");
  }

 protected:
  // The acceptor outlives the call.
  IncomingCall(Handler handler, Acceptor* acceptor)
      : handler_(std::move(handler)), acceptor_(acceptor) {}
  virtual ~IncomingCall() = default;

  // A call has come.
  virtual void OnCame() { Handle(); }
  // The client has gone, or the call has ended.
  virtual void OnDone() = 0;
  // The last operation but that has completed.
  virtual void OnOver() {}

  void Handle() { handler_(this->shared_from_this()); }

  // The operation that ends the call.
  void* BeginFinish() { return finish_operation_.Begin(this->shared_from_this()); }

  grpc::ServerContext* context() { return &context_; }
  Writer* writer() { return &writer_; }

 private:
  void CompleteAccept(bool ok) {
    if (!ok) {
      // The server stops and no call came, so `done` never completes either.
      done_operation_.Drop();
      return acceptor_->OnOver();
    }
    acceptor_->Next();
    OnCame();
  }
  void CompleteDone(bool /*ok*/) { OnDone(); }
  void CompleteFinish(bool /*ok*/) {
    OnOver();
    acceptor_->OnOver();
  }

  const Handler handler_;
  Acceptor* const acceptor_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_bytes_;
  Writer writer_{&context_};
  CallOperation<IncomingCall, &IncomingCall::CompleteAccept> accept_operation_;
  CallOperation<IncomingCall, &IncomingCall::CompleteDone> done_operation_;
  CallOperation<IncomingCall, &IncomingCall::CompleteFinish> finish_operation_;
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_INCOMING_CALL_H_
