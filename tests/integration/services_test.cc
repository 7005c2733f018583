// The services beside ours: health and reflection.
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/errors.h"
#include "tests/support/health.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::HasSubstr;

TEST(Health, IsToldOfTheServerItsServiceAndEachPool) {
  RscadProcess server(Config().Pool("one", {"counter"}).Pool("two", {"echo"}));
  for (const char* service : {"", "rsca.v1.CustomActions", "pool/one", "pool/two"}) {
    EXPECT_TRUE(server.WaitForHealth(service)) << service;
  }
  EXPECT_EQ(Health(server.channel(), "pool/three"), "NOT_FOUND");
}

// One question over the reflection stream, as wire bytes both ways.
std::string Reflect(const RscadProcess& server, const std::string& request) {
  grpc::GenericStub stub(server.channel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kFailureBound);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  void* tag = nullptr;
  bool ok = false;
  int number = 0;
  const auto next = [&] { return queue.Next(&tag, &ok) && ok; };
  const auto to_tag = [&] { return reinterpret_cast<void*>(static_cast<intptr_t>(++number)); };

  grpc::Slice slice(request);
  grpc::ByteBuffer response;
  call->StartCall(to_tag());
  if (!next()) return "the call did not start";
  call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, to_tag());
  if (!next()) return "the question was not sent";
  call->Read(&response, to_tag());
  const bool answered = next();
  grpc::Status status;
  call->Finish(&status, to_tag());
  next();
  if (!answered) return Describe(status);
  std::vector<grpc::Slice> slices;
  response.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& part : slices) bytes.append(part.begin(), part.end());
  return bytes;
}

TEST(Reflection, NamesTheServicesAndKnowsTheirFiles) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  const std::string services = Reflect(server, "\x3a\x01*");  // list_services = 7
  EXPECT_THAT(services, HasSubstr("rsca.v1.CustomActions"));
  EXPECT_THAT(services, HasSubstr("rsca.v1.WorkerProcesses"));
  EXPECT_THAT(services, HasSubstr("rsca.v1.ListenerChannels"));
  EXPECT_THAT(services, HasSubstr("rsca.v1.Applications"));
  EXPECT_THAT(services, HasSubstr("grpc.health.v1.Health"));
  const std::string file =
      Reflect(server, "\x22\x15rsca.v1.CustomActions");  // file_containing_symbol = 4
  EXPECT_THAT(file, HasSubstr("rsca/v1/custom_actions.proto"));
  EXPECT_THAT(file, HasSubstr("RegisterCustomAction"));
  EXPECT_THAT(Reflect(server, "\x22\x17rsca.v1.WorkerProcesses"),
              HasSubstr("rsca/v1/worker_processes.proto"));
  EXPECT_THAT(Reflect(server, "\x22\x15grpc.health.v1.Health"),
              HasSubstr("grpc/health/v1/health.proto"));
}

}  // namespace
}  // namespace rsca::support
