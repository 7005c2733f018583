#include "server/rpc/call_queues.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "server/rpc/operation.h"

namespace rsca::rpc {
namespace {

// One thread each. More than a few only take cores from the workers.
unsigned QueueCount() { return std::clamp(std::thread::hardware_concurrency() / 2, 1U, 4U); }

// A queue that is not empty does not look at the sockets, and new connections and other calls would
// wait for as long as results flow: after so many events its thread looks by way of `idle`, in
// which nothing ever is.
constexpr int kEventsPerLook = 256;

void ServeQueue(grpc::ServerCompletionQueue* queue, grpc::ServerCompletionQueue* idle) {
  pthread_setname_np(pthread_self(), "calls");
  void* tag = nullptr;
  bool ok = false;
  for (int events = 1; queue->Next(&tag, &ok); ++events) {
    static_cast<Operation*>(tag)->Complete(ok);
    if (events % kEventsPerLook != 0) continue;
    void* none = nullptr;
    idle->AsyncNext(&none, &ok, gpr_time_0(GPR_CLOCK_MONOTONIC));
  }
}

}  // namespace

void Acceptor::Next() {
  MutexLock lock(&queues_->mutex_);
  if (queues_->stopped_) return;
  ++queues_->calls_;
  make_call_(this, queue_);
}

void Acceptor::OnOver() {
  MutexLock lock(&queues_->mutex_);
  if (--queues_->calls_ == 0) queues_->changed_.NotifyAll();
}

CallQueues::~CallQueues() { Stop(); }

void CallQueues::AddTo(grpc::ServerBuilder* builder) {
  for (unsigned i = 0; i < QueueCount(); ++i) queues_.push_back(builder->AddCompletionQueue());
  idle_queue_ = builder->AddCompletionQueue();
}

void CallQueues::Serve(Acceptor::MakeCall make_call) { rpcs_.push_back(std::move(make_call)); }

void CallQueues::Start() {
  for (const auto& queue : queues_) {
    for (const Acceptor::MakeCall& make_call : rpcs_) {
      acceptors_.push_back(std::make_unique<Acceptor>(this, queue.get(), make_call));
    }
  }
  for (const auto& acceptor : acceptors_) acceptor->Next();
  for (const auto& queue : queues_) {
    threads_.emplace_back(ServeQueue, queue.get(), idle_queue_.get());
  }
}

void CallQueues::Stop() {
  {
    // A queue that is shut down takes no further operation, neither of a call that is asked for nor
    // of one that came: gRPC aborts.
    MutexLock lock(&mutex_);
    if (stopped_) return;
    stopped_ = true;
    while (calls_ > 0) changed_.Wait(&mutex_);
  }
  for (const auto& queue : queues_) queue->Shutdown();
  for (std::thread& thread : threads_) thread.join();
  if (idle_queue_ == nullptr) return;
  idle_queue_->Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (idle_queue_->Next(&tag, &ok)) {  // gRPC wants to be asked until it says that this is all
  }
}

}  // namespace rsca::rpc
