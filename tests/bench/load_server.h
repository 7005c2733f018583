// The servers that a load goes to, in the ways that a client can reach them.
#ifndef RSCA_TESTS_BENCH_LOAD_SERVER_H_
#define RSCA_TESTS_BENCH_LOAD_SERVER_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "tests/bench/measure.h"
#include "tests/support/child_process.h"
#include "tests/support/rscad_process.h"
#include "tests/support/temp_dir.h"

namespace rsca::bench {

enum class Transport { kUnix, kTcp, kTls };

// rscad with the bench plug-in, as a user would have it: logs at `info`.
class RoadServer {
 public:
  // `sync`: of the journal.
  explicit RoadServer(Transport transport = Transport::kUnix, const std::string& sync = "");

  support::RscadProcess& process() { return *process_; }
  std::shared_ptr<grpc::Channel> NewChannel() const;
  // `server` and `worker`, and `client`: this process.
  Processes processes() const;
  // How often the server has asked the disk to sync.
  uint64_t syncs() const;

 private:
  support::TempDir dir_;
  std::string ca_file_;
  std::unique_ptr<support::RscadProcess> process_;
  std::string target_;
};

// The baseline's, as a child of this program.
class RawServer {
 public:
  explicit RawServer(Transport transport = Transport::kUnix);

  std::shared_ptr<grpc::Channel> NewChannel() const;
  Processes processes() const;

 private:
  support::TempDir dir_;
  std::string ca_file_;
  std::unique_ptr<support::ChildProcess> process_;
  std::string target_;
};

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_LOAD_SERVER_H_
