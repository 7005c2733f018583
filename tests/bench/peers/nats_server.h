// A NATS server of its own, in a directory of its own, on a port that it chooses.
#ifndef RSCA_TESTS_BENCH_PEERS_NATS_SERVER_H_
#define RSCA_TESTS_BENCH_PEERS_NATS_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "tests/bench/peers/peer_server.h"
#include "tests/support/temp_dir.h"

namespace rsca::bench {

class NatsServer {
 public:
  static constexpr char kProgram[] = "nats-server";

  explicit NatsServer(bool jetstream);

  uint16_t port() const { return port_; }
  std::string url() const;
  pid_t pid() const { return process_->pid(); }

 private:
  bool FindPort();

  const support::TempDir dir_;
  std::unique_ptr<PeerServer> process_;
  uint16_t port_ = 0;
};

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_PEERS_NATS_SERVER_H_
