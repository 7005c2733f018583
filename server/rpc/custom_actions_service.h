// The gRPC service rsca.v1.CustomActions: brings each call to the class of its RPC.
#ifndef RSCA_SERVER_RPC_CUSTOM_ACTIONS_SERVICE_H_
#define RSCA_SERVER_RPC_CUSTOM_ACTIONS_SERVICE_H_

#include <grpcpp/server_builder.h>

#include <memory>
#include <unordered_set>

#include "common/mutex.h"
#include "rsca/v1/custom_actions.grpc.pb.h"
#include "server/rpc/attach_custom_action.h"
#include "server/rpc/call_queues.h"
#include "server/rpc/get_custom_action.h"
#include "server/rpc/get_registration.h"
#include "server/rpc/list_custom_actions.h"
#include "server/rpc/list_registrations.h"
#include "server/rpc/register_custom_action.h"
#include "server/rpc/run_custom_action.h"
#include "server/rpc/unregister_custom_action.h"

namespace rsca::rpc {

// Thread-safe.
class CustomActionsService final : private StreamCall::Observer {
 public:
  explicit CustomActionsService(const ServiceContext& context);

  // Before the server is built and the queues start. Outlives both.
  void AddTo(grpc::ServerBuilder* builder, CallQueues* queues);

  // Ends all streams as soon as they have sent what is waiting; those that begin later as well.
  void DrainStreams();

  // Waits until no stream is left. False when that took longer.
  bool WaitForStreams(absl::Duration limit);

 private:
  using V1 = v1::CustomActions;
  using Raw = V1::WithRawMethod_RegisterCustomAction<
      V1::WithRawMethod_UnregisterCustomAction<V1::WithRawMethod_AttachCustomAction<
          V1::WithRawMethod_RunCustomAction<V1::WithRawMethod_ListCustomActions<
              V1::WithRawMethod_GetCustomAction<V1::WithRawMethod_ListRegistrations<
                  V1::WithRawMethod_GetRegistration<V1::Service>>>>>>>>;

  void OnAccepted(const std::shared_ptr<StreamCall>& call) override;
  void OnOver(const std::shared_ptr<StreamCall>& call) override;

  // Serves an RPC that streams results; arguments as those of ServeUnary.
  template <typename Ask, typename Rpc>
  void ServeStreams(CallQueues* queues, Ask ask, const Rpc& rpc);

  const ServiceContext context_;
  const RegisterCustomAction register_custom_action_;
  const UnregisterCustomAction unregister_custom_action_;
  const AttachCustomAction attach_custom_action_;
  const RunCustomAction run_custom_action_;
  const ListCustomActions list_custom_actions_;
  const GetCustomAction get_custom_action_;
  const ListRegistrations list_registrations_;
  const GetRegistration get_registration_;
  Raw raw_;

  Mutex mutex_;
  CondVar changed_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_set<std::shared_ptr<StreamCall>> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_CUSTOM_ACTIONS_SERVICE_H_
