#include "server/rpc/custom_actions_service.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "server/rpc/unary_reply.h"

namespace rsca::rpc {
namespace {

// One thread each. More than a few only take cores from the workers.
unsigned QueueCount() { return std::clamp(std::thread::hardware_concurrency() / 2, 1U, 4U); }

void ServeQueue(grpc::ServerCompletionQueue* queue) {
  pthread_setname_np(pthread_self(), "streams");
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<Operation*>(tag)->Complete(ok);
}

}  // namespace

CustomActionsService::Impl::Impl(const ServiceContext* context)
    : run_custom_action_(context),
      list_custom_actions_(context),
      get_custom_action_(context),
      list_registrations_(context),
      get_registration_(context) {}

grpc::ServerUnaryReactor* CustomActionsService::Impl::RunCustomAction(
    grpc::CallbackServerContext* /*context*/, const v1::RunCustomActionRequest* request,
    v1::RunCustomActionResponse* response) {
  return run_custom_action_.Handle(*request, response);
}

grpc::ServerUnaryReactor* CustomActionsService::Impl::ListCustomActions(
    grpc::CallbackServerContext* context, const v1::ListCustomActionsRequest* request,
    v1::ListCustomActionsResponse* response) {
  return Reply(context, list_custom_actions_.Handle(*request, response));
}

grpc::ServerUnaryReactor* CustomActionsService::Impl::GetCustomAction(
    grpc::CallbackServerContext* context, const v1::GetCustomActionRequest* request,
    v1::GetCustomActionResponse* response) {
  return Reply(context, get_custom_action_.Handle(*request, response));
}

grpc::ServerUnaryReactor* CustomActionsService::Impl::ListRegistrations(
    grpc::CallbackServerContext* context, const v1::ListRegistrationsRequest* request,
    v1::ListRegistrationsResponse* response) {
  return Reply(context, list_registrations_.Handle(*request, response));
}

grpc::ServerUnaryReactor* CustomActionsService::Impl::GetRegistration(
    grpc::CallbackServerContext* context, const v1::GetRegistrationRequest* request,
    v1::GetRegistrationResponse* response) {
  return Reply(context, get_registration_.Handle(*request, response));
}

CustomActionsService::CustomActionsService(const ServiceContext& context)
    : context_(context),
      register_custom_action_(&context_),
      unregister_custom_action_(&context_),
      attach_custom_action_(&context_),
      impl_(&context_) {}

CustomActionsService::~CustomActionsService() { Stop(); }

void CustomActionsService::Stop() {
  {
    // A queue that is shut down takes no further request.
    MutexLock lock(&mutex_);
    if (stopped_) return;
    stopped_ = true;
  }
  for (const auto& queue : queues_) queue->Shutdown();
  for (std::thread& thread : threads_) thread.join();
}

void CustomActionsService::AddTo(grpc::ServerBuilder* builder) {
  builder->RegisterService(&impl_);
  for (unsigned i = 0; i < QueueCount(); ++i) queues_.push_back(builder->AddCompletionQueue());
}

void CustomActionsService::Start() {
  for (const auto& queue : queues_) AddAcceptors(queue.get());
  for (const auto& acceptor : acceptors_) acceptor->Next();
  for (const auto& queue : queues_) threads_.emplace_back(ServeQueue, queue.get());
}

void CustomActionsService::AddAcceptors(grpc::ServerCompletionQueue* queue) {
  using Writer = grpc::ServerAsyncWriter<grpc::ByteBuffer>;
  acceptors_.push_back(std::make_unique<Acceptor>(
      this,
      [this, queue](grpc::ServerContext* context, grpc::ByteBuffer* request, Writer* writer,
                    void* tag) {
        impl_.RequestRegisterCustomAction(context, request, writer, queue, queue, tag);
      },
      [this](const std::shared_ptr<StreamCall>& call) { register_custom_action_.Handle(call); }));
  acceptors_.push_back(std::make_unique<Acceptor>(
      this,
      [this, queue](grpc::ServerContext* context, grpc::ByteBuffer* request, Writer* writer,
                    void* tag) {
        impl_.RequestUnregisterCustomAction(context, request, writer, queue, queue, tag);
      },
      [this](const std::shared_ptr<StreamCall>& call) { unregister_custom_action_.Handle(call); }));
  acceptors_.push_back(std::make_unique<Acceptor>(
      this,
      [this, queue](grpc::ServerContext* context, grpc::ByteBuffer* request, Writer* writer,
                    void* tag) {
        impl_.RequestAttachCustomAction(context, request, writer, queue, queue, tag);
      },
      [this](const std::shared_ptr<StreamCall>& call) { attach_custom_action_.Handle(call); }));
}

CustomActionsService::Acceptor::Acceptor(CustomActionsService* service,
                                         StreamCall::Requester requester,
                                         StreamCall::Handler handler)
    : service_(service), requester_(std::move(requester)), handler_(std::move(handler)) {}

void CustomActionsService::Acceptor::Next() {
  MutexLock lock(&service_->mutex_);
  if (service_->stopped_) return;
  std::make_shared<StreamCall>(handler_, this)->Accept(requester_);
}

void CustomActionsService::Acceptor::OnAccepted(const std::shared_ptr<StreamCall>& call) {
  Next();
  bool draining = false;
  {
    MutexLock lock(&service_->mutex_);
    service_->calls_.insert(call);
    draining = service_->draining_;
  }
  if (draining) call->Drain();
}

void CustomActionsService::Acceptor::OnOver(const std::shared_ptr<StreamCall>& call) {
  MutexLock lock(&service_->mutex_);
  service_->calls_.erase(call);
  if (service_->calls_.empty()) service_->changed_.NotifyAll();
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
