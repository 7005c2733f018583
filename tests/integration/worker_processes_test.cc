// The service WorkerProcesses of the real server: pools are listed, stopped, started, recycled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "rsca/v1/worker_processes.grpc.pb.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;

using Stub = v1::WorkerProcesses::Stub;

std::unique_ptr<Stub> Pools(const RscadProcess& server) {
  return v1::WorkerProcesses::NewStub(server.channel());
}

// A call with a deadline, as a failure bound.
template <typename Request, typename Response>
grpc::Status Call(Stub* stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request, Response* response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kFailureBound);
  return (stub->*method)(&context, request, response);
}

v1::WorkerPool Get(Stub* stub, const std::string& pool) {
  v1::GetWorkerPoolRequest request;
  request.set_name("pools/" + pool);
  v1::GetWorkerPoolResponse response;
  EXPECT_THAT(Call(stub, &Stub::GetWorkerPool, request, &response), IsOk());
  return response.worker_pool();
}

bool WaitForState(Stub* stub, const std::string& pool, v1::WorkerPool::State state) {
  return Eventually([&] { return Get(stub, pool).state() == state; });
}

v1::WorkerPool Stop(Stub* stub, const std::string& pool, const std::string& reason) {
  v1::StopWorkerPoolRequest request;
  request.set_name("pools/" + pool);
  request.set_reason(reason);
  v1::StopWorkerPoolResponse response;
  EXPECT_THAT(Call(stub, &Stub::StopWorkerPool, request, &response), IsOk());
  return response.worker_pool();
}

void StartAgain(Stub* stub, const std::string& pool) {
  v1::StartWorkerPoolRequest request;
  request.set_name("pools/" + pool);
  v1::StartWorkerPoolResponse response;
  EXPECT_THAT(Call(stub, &Stub::StartWorkerPool, request, &response), IsOk());
}

TEST(WorkerProcesses, ListsPoolsInTheOrderOfTheConfigurationPageByPage) {
  RscadProcess server(
      Config().Pool("zebra", {"counter"}).Pool("ant", {"echo"}).Pool("bee", {"echo"}));
  const auto stub = Pools(server);
  std::vector<std::string> names;
  v1::ListWorkerPoolsRequest request;
  request.set_page_size(2);
  int pages = 0;
  do {
    v1::ListWorkerPoolsResponse page;
    ASSERT_THAT(Call(stub.get(), &Stub::ListWorkerPools, request, &page), IsOk());
    for (const v1::WorkerPool& pool : page.worker_pools()) names.push_back(pool.name());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("pools/zebra", "pools/ant", "pools/bee"));
  EXPECT_EQ(pages, 2);
}

TEST(WorkerProcesses, ShowsAPoolAndItsWorker) {
  RscadProcess server(Config().Pool("default", {"counter", "echo"}));
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const auto stub = Pools(server);
  ResultStream stream = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 1})");
  ASSERT_NE(stream.name(), "");
  const v1::WorkerPool pool = Get(stub.get(), "default");
  EXPECT_EQ(pool.pool(), "default");
  EXPECT_EQ(pool.state(), v1::WorkerPool::STATE_RUNNING);
  EXPECT_THAT(pool.protocol_managers(), ElementsAre("counter", "echo"));
  ASSERT_EQ(pool.workers_size(), 1);
  EXPECT_EQ(pool.workers(0).pid(), server.WorkerPids().at(0));
  v1::GetWorkerRequest request;
  request.set_name(pool.workers(0).name());
  v1::GetWorkerResponse response;
  ASSERT_THAT(Call(stub.get(), &Stub::GetWorker, request, &response), IsOk());
  EXPECT_EQ(response.worker().worker(), pool.workers(0).worker());
  EXPECT_EQ(response.worker().state(), v1::Worker::STATE_READY);
  v1::ListWorkersRequest list;
  list.set_parent("pools/-");
  v1::ListWorkersResponse workers;
  ASSERT_THAT(Call(stub.get(), &Stub::ListWorkers, list, &workers), IsOk());
  ASSERT_EQ(workers.workers_size(), 1);
  EXPECT_EQ(workers.workers(0).name(), pool.workers(0).name());
}

TEST(WorkerProcesses, StopsAPoolVisiblyAndStartsItAgain) {
  RscadProcess server(Config().Pool("default", {"echo"}).Pool("other", {"counter"}));
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  const auto stub = Pools(server);
  const v1::WorkerPool stopped = Stop(stub.get(), "default", "maintenance");
  EXPECT_EQ(stopped.stop_reason(), "maintenance, asked by local");
  ASSERT_TRUE(WaitForState(stub.get(), "default", v1::WorkerPool::STATE_STOPPED));
  EXPECT_TRUE(server.WaitForHealth("pool/default", "NOT_SERVING"));
  EXPECT_TRUE(server.WaitForHealth("pool/other"));
  const auto refused = RunAction(server.stub(), "echo", "x");
  EXPECT_THAT(refused.status, IsError(StatusCode::kUnavailable, "POOL_STOPPED"));
  EXPECT_EQ(Metadata(refused.status, "pool"), "default");
  EXPECT_EQ(Get(stub.get(), "default").workers_size(), 0);
  StartAgain(stub.get(), "default");
  ASSERT_TRUE(server.WaitForHealth("pool/default"));
  EXPECT_EQ(Get(stub.get(), "default").stop_reason(), "");
  EXPECT_EQ(RunAction(server.stub(), "echo", "x").response.response(), "x");
}

TEST(WorkerProcesses, RefusesNamesThatAreNone) {
  RscadProcess server(Config().Pool("default", {"echo"}));
  const auto stub = Pools(server);
  for (const auto& [name, reason] : std::map<std::string, std::string>{
           {"default", "INVALID_REQUEST"}, {"pools/nobody", "POOL_NOT_FOUND"}}) {
    const auto code =
        reason == "POOL_NOT_FOUND" ? StatusCode::kNotFound : StatusCode::kInvalidArgument;
    v1::GetWorkerPoolRequest get;
    get.set_name(name);
    v1::GetWorkerPoolResponse got;
    EXPECT_THAT(Call(stub.get(), &Stub::GetWorkerPool, get, &got), IsError(code, reason));
    v1::StartWorkerPoolRequest start;
    start.set_name(name);
    v1::StartWorkerPoolResponse started;
    EXPECT_THAT(Call(stub.get(), &Stub::StartWorkerPool, start, &started), IsError(code, reason));
    v1::StopWorkerPoolRequest stop;
    stop.set_name(name);
    v1::StopWorkerPoolResponse stopped;
    EXPECT_THAT(Call(stub.get(), &Stub::StopWorkerPool, stop, &stopped), IsError(code, reason));
    v1::RecycleWorkerPoolRequest recycle;
    recycle.set_name(name);
    v1::RecycleWorkerPoolResponse recycled;
    EXPECT_THAT(Call(stub.get(), &Stub::RecycleWorkerPool, recycle, &recycled),
                IsError(code, reason));
    v1::ListWorkersRequest list;
    list.set_parent(name);
    v1::ListWorkersResponse listed;
    EXPECT_THAT(Call(stub.get(), &Stub::ListWorkers, list, &listed), IsError(code, reason));
  }
  v1::RecycleWorkerRequest recycle;
  v1::RecycleWorkerResponse recycled;
  recycle.set_name("pools/default/workers/default-77");
  EXPECT_THAT(Call(stub.get(), &Stub::RecycleWorker, recycle, &recycled),
              IsError(StatusCode::kNotFound, "WORKER_NOT_FOUND"));
  recycle.set_name("pools/nobody/workers/default-1");
  EXPECT_THAT(Call(stub.get(), &Stub::RecycleWorker, recycle, &recycled),
              IsError(StatusCode::kNotFound, "POOL_NOT_FOUND"));
  recycle.set_name("workers/default-1");
  const grpc::Status wrong = Call(stub.get(), &Stub::RecycleWorker, recycle, &recycled);
  EXPECT_THAT(wrong, IsError(StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  EXPECT_THAT(FieldViolations(wrong), ElementsAre("name"));
}

TEST(WorkerProcesses, RefusesAReasonThatIsTooLong) {
  RscadProcess server(Config().Pool("default", {"echo"}));
  const auto stub = Pools(server);
  v1::StopWorkerPoolRequest request;
  request.set_name("pools/default");
  request.set_reason(std::string(257, 'x'));
  v1::StopWorkerPoolResponse response;
  const grpc::Status refused = Call(stub.get(), &Stub::StopWorkerPool, request, &response);
  EXPECT_THAT(refused, IsError(StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  EXPECT_THAT(FieldViolations(refused), ElementsAre("reason"));
  EXPECT_EQ(Get(stub.get(), "default").state(), v1::WorkerPool::STATE_RUNNING);
}

}  // namespace
}  // namespace rsca::support
