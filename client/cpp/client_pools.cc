// Client's calls of the service WorkerProcesses.
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/connection.h"
#include "client/cpp/pool_watch.h"
#include "client/cpp/unary_call.h"
#include "rsca/client/client.h"

namespace rsca::client {

using Stub = v1::WorkerProcesses::StubInterface;
using internal::UnaryCall;

namespace {

std::string PoolName(absl::string_view pool) { return absl::StrCat("pools/", pool); }
std::string WorkerName(absl::string_view worker) {
  return absl::StrCat("pools/-/workers/", worker);
}

// A call that answers with a pool.
template <typename Request, typename Response>
absl::StatusOr<v1::WorkerPool> PoolCall(internal::Connection& connection,
                                        grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                     const Request&, Response*),
                                        const Request& request, const CallOptions& options) {
  auto response =
      UnaryCall(connection, options).Call(connection.worker_processes(), method, request);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_worker_pool());
}

}  // namespace

absl::StatusOr<std::vector<v1::WorkerPool>> Client::ListWorkerPools(const CallOptions& options) {
  UnaryCall call(*connection_, options);
  v1::ListWorkerPoolsRequest request;
  std::vector<v1::WorkerPool> pools;
  do {
    auto page = call.Call(connection_->worker_processes(), &Stub::ListWorkerPools, request);
    if (!page.ok()) return page.status();
    for (v1::WorkerPool& pool : *page->mutable_worker_pools()) pools.push_back(std::move(pool));
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return pools;
}

absl::StatusOr<v1::WorkerPool> Client::GetWorkerPool(absl::string_view pool,
                                                     const CallOptions& options) {
  v1::GetWorkerPoolRequest request;
  request.set_name(PoolName(pool));
  return PoolCall(*connection_, &Stub::GetWorkerPool, request, options);
}

absl::StatusOr<v1::WorkerPool> Client::StartPool(absl::string_view pool,
                                                 const CallOptions& options) {
  v1::StartWorkerPoolRequest request;
  request.set_name(PoolName(pool));
  return PoolCall(*connection_, &Stub::StartWorkerPool, request, options);
}

absl::StatusOr<v1::WorkerPool> Client::StopPool(absl::string_view pool, absl::string_view reason,
                                                const CallOptions& options) {
  v1::StopWorkerPoolRequest request;
  request.set_name(PoolName(pool));
  request.set_reason(std::string(reason));
  return PoolCall(*connection_, &Stub::StopWorkerPool, request, options);
}

absl::StatusOr<v1::WorkerPool> Client::RecyclePool(absl::string_view pool, absl::string_view reason,
                                                   const CallOptions& options) {
  v1::RecycleWorkerPoolRequest request;
  request.set_name(PoolName(pool));
  request.set_reason(std::string(reason));
  return PoolCall(*connection_, &Stub::RecycleWorkerPool, request, options);
}

absl::StatusOr<std::vector<v1::Worker>> Client::ListWorkers(absl::string_view pool,
                                                            const CallOptions& options) {
  UnaryCall call(*connection_, options);
  v1::ListWorkersRequest request;
  request.set_parent(PoolName(pool.empty() ? "-" : pool));
  std::vector<v1::Worker> workers;
  do {
    auto page = call.Call(connection_->worker_processes(), &Stub::ListWorkers, request);
    if (!page.ok()) return page.status();
    for (v1::Worker& worker : *page->mutable_workers()) workers.push_back(std::move(worker));
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return workers;
}

absl::StatusOr<v1::Worker> Client::GetWorker(absl::string_view worker, const CallOptions& options) {
  v1::GetWorkerRequest request;
  request.set_name(WorkerName(worker));
  auto response = UnaryCall(*connection_, options)
                      .Call(connection_->worker_processes(), &Stub::GetWorker, request);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_worker());
}

absl::StatusOr<v1::Worker> Client::RecycleWorker(absl::string_view worker, absl::string_view reason,
                                                 const CallOptions& options) {
  v1::RecycleWorkerRequest request;
  request.set_name(WorkerName(worker));
  request.set_reason(std::string(reason));
  auto response = UnaryCall(*connection_, options)
                      .Call(connection_->worker_processes(), &Stub::RecycleWorker, request);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_worker());
}

absl::StatusOr<PoolEventStream> Client::WatchPools(const WatchOptions& options) {
  auto watch = internal::PoolWatch::Open(connection_, options);
  if (!watch.ok()) return watch.status();
  return PoolEventStream(*std::move(watch));
}

}  // namespace rsca::client
