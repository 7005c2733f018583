// One call of a unary RPC, on an async completion queue.
#ifndef RSCA_SERVER_RPC_UNARY_CALL_H_
#define RSCA_SERVER_RPC_UNARY_CALL_H_

#include <grpcpp/support/async_unary_call.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/status.h"
#include "server/rpc/call_queues.h"
#include "server/rpc/incoming_call.h"

namespace rsca::rpc {

// Thread-safe. What answers late holds it by weak_ptr, so that a client that has gone leaves
// nothing behind.
template <typename Request, typename Response>
class UnaryCall final : public IncomingCall<UnaryCall<Request, Response>,
                                            grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> {
 public:
  using Base = IncomingCall<UnaryCall, grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>>;

  // The handler ends with Finish, or has it called.
  UnaryCall(typename Base::Handler handler, Acceptor* acceptor)
      : Base(std::move(handler), acceptor) {}

  const Request& request() const { return request_; }

  // Ends the call; what comes after the first is ignored.
  void Finish(const absl::StatusOr<Response>& response) {
    std::function<void()> unused;
    {
      MutexLock lock(&mutex_);
      if (finished_) return;
      finished_ = true;
      unused = std::exchange(when_gone_, nullptr);
    }
    void* tag = this->BeginFinish();
    if (!response.ok())
      return this->writer()->FinishWithError(ToGrpcStatus(response.status()), tag);
    grpc::ByteBuffer bytes;
    bool own = false;
    const grpc::Status status =
        grpc::SerializationTraits<Response>::Serialize(*response, &bytes, &own);
    this->writer()->Finish(bytes, status, tag);
  }

  // The client may cancel, or its deadline pass, before the call has ended. That ends it, and calls
  // `gone` once.
  void WhenGone(std::function<void()> gone) {
    {
      MutexLock lock(&mutex_);
      if (!gone_) {
        if (!finished_) when_gone_ = std::move(gone);
        return;
      }
    }
    gone();
  }

 private:
  void OnCame() override {
    if (absl::Status status = this->Parse(&request_); !status.ok()) return Finish(status);
    this->Handle();
  }

  void OnDone() override {
    std::function<void()> gone;
    {
      MutexLock lock(&mutex_);
      gone_ = true;
      gone = std::exchange(when_gone_, nullptr);
    }
    Finish(absl::CancelledError("the client has gone"));
    if (gone != nullptr) gone();
  }

  Request request_;

  Mutex mutex_;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> when_gone_ ABSL_GUARDED_BY(mutex_);
};

// Serves a unary RPC: `ask` is the method of the raw service with which a call of it is asked for.
template <typename Request, typename Response, typename Service, typename Ask>
void ServeUnary(CallQueues* queues, Service* service, Ask ask,
                const typename UnaryCall<Request, Response>::Handler& handler) {
  using Call = UnaryCall<Request, Response>;
  queues->Serve([=](Acceptor* acceptor, grpc::ServerCompletionQueue* queue) {
    std::make_shared<Call>(handler, acceptor)
        ->Accept([=](grpc::ServerContext* context, grpc::ByteBuffer* request,
                     typename Call::Writer* writer,
                     void* tag) { (service->*ask)(context, request, writer, queue, queue, tag); });
  });
}

// The same with the method of the RPC's class that answers, which outlives the queues: this one's
// calls may end later.
template <typename Service, typename Ask, typename Rpc, typename Request, typename Response>
void ServeUnary(CallQueues* queues, Service* service, Ask ask, const Rpc& rpc,
                void (Rpc::*handle)(const std::shared_ptr<UnaryCall<Request, Response>>&) const) {
  ServeUnary<Request, Response>(
      queues, service, ask,
      [&rpc, handle](const std::shared_ptr<UnaryCall<Request, Response>>& call) {
        (rpc.*handle)(call);
      });
}

// This one's calls end at once.
template <typename Service, typename Ask, typename Rpc, typename Request, typename Response>
void ServeUnary(CallQueues* queues, Service* service, Ask ask, const Rpc& rpc,
                absl::Status (Rpc::*handle)(const Request&, Response*) const) {
  ServeUnary<Request, Response>(
      queues, service, ask,
      [&rpc, handle](const std::shared_ptr<UnaryCall<Request, Response>>& call) {
        Response response;
        const absl::Status status = (rpc.*handle)(call->request(), &response);
        if (!status.ok()) return call->Finish(status);
        call->Finish(std::move(response));
      });
}

// These as well, and it matters who calls.
template <typename Service, typename Ask, typename Rpc, typename Request, typename Response>
void ServeUnary(CallQueues* queues, Service* service, Ask ask, const Rpc& rpc,
                absl::Status (Rpc::*handle)(const Request&, const std::string& principal, Response*)
                    const) {
  ServeUnary<Request, Response>(
      queues, service, ask,
      [&rpc, handle](const std::shared_ptr<UnaryCall<Request, Response>>& call) {
        Response response;
        const absl::Status status = (rpc.*handle)(call->request(), call->Principal(), &response);
        if (!status.ok()) return call->Finish(status);
        call->Finish(std::move(response));
      });
}

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_UNARY_CALL_H_
