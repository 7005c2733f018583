// The async completion queues that all RPCs run on, and the threads that serve them.
//
// All RPCs: gRPC hands the duty to poll around between the threads that wait on any polled queue.
// Those of its callback API would take it from the ones that deliver results, and sleep on it.
// Queues of synchronous services are not polled where there are these, and do no harm.
#ifndef RSCA_SERVER_RPC_CALL_QUEUES_H_
#define RSCA_SERVER_RPC_CALL_QUEUES_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace rsca::rpc {

class CallQueues;

// Keeps one call of one RPC waiting on one queue, all the time. Thread-safe.
class Acceptor {
 public:
  // Makes a call that waits on the queue.
  using MakeCall = std::function<void(Acceptor*, grpc::ServerCompletionQueue*)>;

  Acceptor(CallQueues* queues, grpc::ServerCompletionQueue* queue, const MakeCall& make_call)
      : queues_(queues), queue_(queue), make_call_(make_call) {}

  // Makes the next call wait: the one that waited has come.
  void Next();

  // A call has completed its last operation but `done`, or will not come.
  void OnOver();

 private:
  CallQueues* const queues_;
  grpc::ServerCompletionQueue* const queue_;
  const MakeCall make_call_;
};

// Not thread-safe, but its acceptors are.
class CallQueues {
 public:
  CallQueues() = default;
  // Stops, if Stop was not called.
  ~CallQueues();
  CallQueues(const CallQueues&) = delete;
  CallQueues& operator=(const CallQueues&) = delete;

  // Before the server is built.
  void AddTo(grpc::ServerBuilder* builder);

  // Takes calls of one RPC. Before Start.
  void Serve(Acceptor::MakeCall make_call);

  // Once the server runs.
  void Start();

  // Waits for the calls that are left, which are cancelled, and ends the threads. After the gRPC
  // server was shut down, and before it is destroyed: what is left in its queues refers to it.
  void Stop();

 private:
  friend class Acceptor;

  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::unique_ptr<grpc::ServerCompletionQueue> idle_queue_;  // nothing is ever in it
  std::vector<std::thread> threads_;
  std::vector<Acceptor::MakeCall> rpcs_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;

  Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  size_t calls_ ABSL_GUARDED_BY(mutex_) = 0;  // with those that wait
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_CALL_QUEUES_H_
