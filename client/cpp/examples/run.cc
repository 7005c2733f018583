// Runs an action that answers once and prints the answer:
//
//   run host.info
//   run file.read '{"path": "/etc/hostname"}'
//
// The server is named by RSCA_SERVER; without it, the local one.
#include <rsca/client/client.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: run FUNCTION [ARGUMENTS]\n";
    return 2;
  }
  const absl::StatusOr<rsca::client::Client> connected = rsca::client::Client::Connect();
  if (!connected.ok()) {
    std::cerr << rsca::client::DescribeError(connected.status()) << "\n";
    return 1;
  }
  rsca::client::Client client = *connected;

  rsca::client::CallOptions options;
  options.timeout = absl::Seconds(30);
  const absl::StatusOr<rsca::v1::RunCustomActionResponse> response =
      client.Run(argv[1], argc > 2 ? argv[2] : "", options);
  if (!response.ok()) {
    std::cerr << rsca::client::DescribeError(response.status()) << "\n";
    return 1;
  }
  std::cout << response->response() << "\n";
  // The call went well; whether the action did, its HRESULT says: negative means failure.
  return response->hr_status() < 0 ? 3 : 0;
}
