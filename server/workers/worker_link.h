// The links of all workers: the gRPC server that they dial, on a private unix socket
// (protos/rsca/worker/v1/worker_link.proto says what is spoken there), and the sockets of their
// results.
#ifndef RSCA_SERVER_WORKERS_WORKER_LINK_H_
#define RSCA_SERVER_WORKERS_WORKER_LINK_H_

#include <grpcpp/server.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/unique_fd.h"
#include "rsca/worker/v1/worker_link.grpc.pb.h"
#include "server/workers/results_socket.h"
#include "server/workers/worker.h"

namespace rsca::workers {

// Synchronous handlers: there are few workers. Thread-safe.
class WorkerLink final : public worker::v1::WorkerLink::Service {
 public:
  // Listens on `socket_path`, whose directory only this user can reach.
  static absl::StatusOr<std::unique_ptr<WorkerLink>> Listen(const std::string& socket_path);

  // Ends all links.
  ~WorkerLink() override;

  // gRPC target of the socket.
  const std::string& target() const { return target_; }

  // Lets this worker's process in; keeps no reference.
  void Admit(const std::shared_ptr<Worker>& worker);

  // Takes its results from this socket until its process has ended.
  void ReadResults(const std::shared_ptr<Worker>& worker, UniqueFd socket,
                   uint64_t max_response_bytes);

  grpc::Status Control(grpc::ServerContext* context,
                       grpc::ServerReaderWriter<worker::v1::ControlResponse,
                                                worker::v1::ControlRequest>* stream) override;

 private:
  explicit WorkerLink(std::string socket_path);

  // Null unless the worker was admitted and the secret is its own.
  std::shared_ptr<Worker> Authenticate(const std::string& name, const std::string& secret);

  const std::string socket_path_;
  const std::string target_;
  std::unique_ptr<grpc::Server> server_;
  Mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<Worker>> workers_ ABSL_GUARDED_BY(mutex_);
  std::list<std::unique_ptr<ResultsSocket>> results_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_WORKER_LINK_H_
