// A peer's server (or a program that it needs), started for one measurement.
#ifndef RSCA_TESTS_BENCH_PEERS_PEER_SERVER_H_
#define RSCA_TESTS_BENCH_PEERS_PEER_SERVER_H_

#include <sys/types.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace rsca::bench {

// Where a program is, in PATH or among the administrator's programs; empty if nowhere.
std::string FindProgram(const std::string& name);

// {"skipped": why} for the first of these programs that is not there.
std::optional<nlohmann::json> SkippedWithout(const std::vector<std::string>& programs);

// Ends with its owner, and with the thread that made it, so with this program even when that is
// killed.
class PeerServer {
 public:
  // The end of an argv[0] without a slash is looked for by FindProgram.
  explicit PeerServer(std::vector<std::string> argv, support::ChildOptions options = {});

  // Throws with the end of what it wrote if it ends, or 20 seconds pass, before the answer is yes.
  void WaitUntil(const std::function<bool()>& ready);

  pid_t pid() const { return process_.pid(); }

 private:
  const std::string name_;
  support::ChildProcess process_;
};

// Runs a program to its end and returns what it wrote. Throws if it fails.
std::string RunProgram(std::vector<std::string> argv);

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_PEERS_PEER_SERVER_H_
