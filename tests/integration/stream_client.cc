// A client in a process of its own, for tests to stop and to kill: registers an action and writes a
// line for each result, `SEQUENCE RESPONSE`, and for the end, `end CODE`.
//
//   stream_client ADDRESS FUNCTION ARGUMENTS
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <iostream>

#include "rsca/v1/custom_actions.grpc.pb.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto stub = rsca::v1::CustomActions::NewStub(
      grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  rsca::v1::RegisterCustomActionRequest request;
  request.set_function(argv[2]);
  request.set_arguments(argv[3]);
  grpc::ClientContext context;
  const auto reader = stub->RegisterCustomAction(&context, request);
  rsca::v1::ResultStreamResponse message;
  while (reader->Read(&message)) {
    for (const auto& result : message.results()) {
      std::cout << result.sequence() << " " << result.response() << std::endl;
    }
  }
  std::cout << "end " << reader->Finish().error_code() << std::endl;
  return 0;
}
