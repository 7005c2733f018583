// The gRPC service rsca.v1.CustomActions: brings each call to the class of its RPC.
//
// Streaming RPCs run on async completion queues with raw messages: the fastest way through gRPC,
// without the sleeps of its callback threads, and one set of bytes for all streams. Unary ones use
// the callback API.
#ifndef RSCA_SERVER_RPC_CUSTOM_ACTIONS_SERVICE_H_
#define RSCA_SERVER_RPC_CUSTOM_ACTIONS_SERVICE_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <thread>
#include <unordered_set>
#include <vector>

#include "common/mutex.h"
#include "rsca/v1/custom_actions.grpc.pb.h"
#include "server/rpc/attach_custom_action.h"
#include "server/rpc/get_custom_action.h"
#include "server/rpc/get_registration.h"
#include "server/rpc/list_custom_actions.h"
#include "server/rpc/list_registrations.h"
#include "server/rpc/register_custom_action.h"
#include "server/rpc/run_custom_action.h"
#include "server/rpc/unregister_custom_action.h"

namespace rsca::rpc {

class CustomActionsService {
 public:
  explicit CustomActionsService(const ServiceContext& context);
  // Stops, if Stop was not called.
  ~CustomActionsService();

  // Adds service and completion queues. Before the server is built.
  void AddTo(grpc::ServerBuilder* builder);

  // Takes calls. Once the server runs.
  void Start();

  // Ends all streams as soon as they have sent what is waiting; those that begin later as well.
  void DrainStreams();

  // Waits until no stream is left. False when that took longer.
  bool WaitForStreams(absl::Duration limit);

  // Takes no further calls and empties the queues. After the gRPC server was shut down, and before
  // it is destroyed: what is left in its queues refers to it.
  void Stop();

 private:
  using V1 = v1::CustomActions;
  // The three streaming RPCs raw and asynchronous, the others with callbacks.
  using Base = V1::WithRawMethod_RegisterCustomAction<
      V1::WithRawMethod_UnregisterCustomAction<V1::WithRawMethod_AttachCustomAction<
          V1::WithCallbackMethod_RunCustomAction<V1::WithCallbackMethod_ListCustomActions<
              V1::WithCallbackMethod_GetCustomAction<V1::WithCallbackMethod_ListRegistrations<
                  V1::WithCallbackMethod_GetRegistration<V1::Service>>>>>>>>;

  class Impl final : public Base {
   public:
    explicit Impl(const ServiceContext* context);

    grpc::ServerUnaryReactor* RunCustomAction(grpc::CallbackServerContext* context,
                                              const v1::RunCustomActionRequest* request,
                                              v1::RunCustomActionResponse* response) override;
    grpc::ServerUnaryReactor* ListCustomActions(grpc::CallbackServerContext* context,
                                                const v1::ListCustomActionsRequest* request,
                                                v1::ListCustomActionsResponse* response) override;
    grpc::ServerUnaryReactor* GetCustomAction(grpc::CallbackServerContext* context,
                                              const v1::GetCustomActionRequest* request,
                                              v1::GetCustomActionResponse* response) override;
    grpc::ServerUnaryReactor* ListRegistrations(grpc::CallbackServerContext* context,
                                                const v1::ListRegistrationsRequest* request,
                                                v1::ListRegistrationsResponse* response) override;
    grpc::ServerUnaryReactor* GetRegistration(grpc::CallbackServerContext* context,
                                              const v1::GetRegistrationRequest* request,
                                              v1::GetRegistrationResponse* response) override;

   private:
    const rpc::RunCustomAction run_custom_action_;
    const rpc::ListCustomActions list_custom_actions_;
    const rpc::GetCustomAction get_custom_action_;
    const rpc::ListRegistrations list_registrations_;
    const rpc::GetRegistration get_registration_;
  };

  // Keeps one call of one RPC waiting on one queue, all the time.
  class Acceptor final : public StreamCall::Observer {
   public:
    Acceptor(CustomActionsService* service, StreamCall::Requester requester,
             StreamCall::Handler handler);
    void Next();
    void OnAccepted(const std::shared_ptr<StreamCall>& call) override;
    void OnOver(const std::shared_ptr<StreamCall>& call) override;

   private:
    CustomActionsService* const service_;
    const StreamCall::Requester requester_;
    const StreamCall::Handler handler_;
  };

  void AddAcceptors(grpc::ServerCompletionQueue* queue);

  const ServiceContext context_;
  const RegisterCustomAction register_custom_action_;
  const UnregisterCustomAction unregister_custom_action_;
  const AttachCustomAction attach_custom_action_;
  Impl impl_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::vector<std::thread> threads_;

  std::vector<std::unique_ptr<Acceptor>> acceptors_;

  Mutex mutex_;
  CondVar changed_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_set<std::shared_ptr<StreamCall>> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_CUSTOM_ACTIONS_SERVICE_H_
