// What comes and goes leaves nothing behind: descriptors, threads, memory.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/proc.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

// A round of everything that a client may do, on a connection of its own.
void Round(const RscadProcess& server) {
  const auto stub = v1::CustomActions::NewStub(server.NewChannel());
  for (int i = 0; i < 10; ++i) {
    ResultStream ended = ResultStream::Register(stub.get(), "counter", R"({"count": 5})");
    EXPECT_EQ(ended.ReadAll().size(), 6u);
    ResultStream unregistered = ResultStream::Register(stub.get(), "counter", "{}");
    ResultStream joined = ResultStream::Attach(stub.get(), unregistered.name());
    joined.ReadResults(5);
    ResultStream::Unregister(stub.get(), unregistered.name()).ReadFinal();
    ResultStream cancelled = ResultStream::Register(stub.get(), "counter", "{}");
    cancelled.ReadResults(2);
    cancelled.Cancel();
    ResultStream::Register(stub.get(), "counter", "nonsense").Finish();
    EXPECT_THAT(RunAction(stub.get(), "echo", "again").status, IsOk());
  }
}

bool NothingIsLeft(const RscadProcess& server) { return ListRegistrations(server.stub()).empty(); }

TEST(AfterManyRegistrations, NoDescriptorAndNoThreadIsLeft) {
  RscadProcess server(Config()
                          .Pool("default", {"counter", "echo"})
                          .Set("delivery.detach_grace", "0s")
                          .Set("delivery.ended_retention", "0s"));
  const pid_t worker = server.WorkerPids().at(0);
  Round(server);
  ASSERT_TRUE(Eventually([&] { return NothingIsLeft(server); }));
  size_t server_files = 0;
  size_t worker_files = 0;
  size_t server_threads = 0;
  size_t worker_threads = 0;
  // What the first round needed for the first time stays; from there on nothing is added.
  const auto measure = [&] {
    server_files = OpenFileCount(server.pid());
    worker_files = OpenFileCount(worker);
    server_threads = ThreadCount(server.pid());
    worker_threads = ThreadCount(worker);
  };
  measure();
  const size_t files = server_files;
  const size_t plugin_files = worker_files;
  const size_t threads = server_threads;
  const size_t plugin_threads = worker_threads;
  for (int round = 0; round < 3; ++round) Round(server);
  ASSERT_TRUE(Eventually([&] { return NothingIsLeft(server); }));
  EXPECT_TRUE(Eventually([&] {
    measure();
    // gRPC starts and ends threads of its own as it likes.
    return server_files <= files + 2 && worker_files <= plugin_files + 2 &&
           server_threads <= threads + 8 && worker_threads <= plugin_threads + 8;
  })) << absl::StrCat("files ", files, " -> ", server_files, ", of the worker ", plugin_files,
                      " -> ", worker_files, ", threads ", threads, " -> ", server_threads,
                      ", of the worker ", plugin_threads, " -> ", worker_threads);
}

}  // namespace
}  // namespace rsca::support
