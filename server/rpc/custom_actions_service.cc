#include "server/rpc/custom_actions_service.h"

#include <vector>

#include "server/rpc/unary_call.h"

namespace rsca::rpc {

CustomActionsService::CustomActionsService(const ServiceContext& context)
    : context_(context),
      register_custom_action_(&context_),
      unregister_custom_action_(&context_),
      attach_custom_action_(&context_),
      run_custom_action_(&context_),
      list_custom_actions_(&context_),
      get_custom_action_(&context_),
      list_registrations_(&context_),
      get_registration_(&context_) {}

template <typename Ask, typename Rpc>
void CustomActionsService::ServeStreams(CallQueues* queues, Ask ask, const Rpc& rpc) {
  StreamCall::Observer* const observer = this;
  queues->Serve([this, ask, &rpc, observer](Acceptor* acceptor,
                                            grpc::ServerCompletionQueue* queue) {
    std::make_shared<StreamCall>(
        [&rpc](const std::shared_ptr<StreamCall>& call) { rpc.Handle(call); }, acceptor, observer)
        ->Accept([this, ask, queue](grpc::ServerContext* context, grpc::ByteBuffer* request,
                                    grpc::ServerAsyncWriter<grpc::ByteBuffer>* writer, void* tag) {
          (raw_.*ask)(context, request, writer, queue, queue, tag);
        });
  });
}

void CustomActionsService::AddTo(grpc::ServerBuilder* builder, CallQueues* queues) {
  builder->RegisterService(&raw_);
  ServeStreams(queues, &Raw::RequestRegisterCustomAction, register_custom_action_);
  ServeStreams(queues, &Raw::RequestUnregisterCustomAction, unregister_custom_action_);
  ServeStreams(queues, &Raw::RequestAttachCustomAction, attach_custom_action_);
  ServeUnary(queues, &raw_, &Raw::RequestRunCustomAction, run_custom_action_,
             &RunCustomAction::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestListCustomActions, list_custom_actions_,
             &ListCustomActions::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestGetCustomAction, get_custom_action_,
             &GetCustomAction::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestListRegistrations, list_registrations_,
             &ListRegistrations::Handle);
  ServeUnary(queues, &raw_, &Raw::RequestGetRegistration, get_registration_,
             &GetRegistration::Handle);
}

void CustomActionsService::OnAccepted(const std::shared_ptr<StreamCall>& call) {
  bool draining = false;
  {
    MutexLock lock(&mutex_);
    calls_.insert(call);
    draining = draining_;
  }
  if (draining) call->Drain();
}

void CustomActionsService::OnOver(const std::shared_ptr<StreamCall>& call) {
  MutexLock lock(&mutex_);
  calls_.erase(call);
  if (calls_.empty()) changed_.NotifyAll();
}

void CustomActionsService::DrainStreams() {
  std::vector<std::shared_ptr<StreamCall>> calls;
  {
    MutexLock lock(&mutex_);
    draining_ = true;
    calls.assign(calls_.begin(), calls_.end());
  }
  for (const auto& call : calls) call->Drain();
}

bool CustomActionsService::WaitForStreams(absl::Duration limit) {
  const absl::Duration deadline = context_.timers->Now() + limit;
  MutexLock lock(&mutex_);
  while (!calls_.empty() && context_.timers->Now() < deadline) {
    changed_.WaitFor(&mutex_, deadline - context_.timers->Now());
  }
  return calls_.empty();
}

}  // namespace rsca::rpc
