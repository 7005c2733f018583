// What is left when nothing is under way: by the server's own view, and by the host's.
#ifndef RSCA_TESTS_SOAK_LEFTOVERS_H_
#define RSCA_TESTS_SOAK_LEFTOVERS_H_

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>

#include "rsca/client/client.h"
#include "tests/soak/history.h"
#include "tests/soak/tally.h"
#include "tests/support/rscad_process.h"

namespace rsca::soak {

// Of the server's process.
struct Holdings {
  std::size_t files = 0;  // descriptors, sockets among them
  std::size_t threads = 0;
  std::size_t resident_bytes = 0;
};

class Leftovers {
 public:
  Leftovers(Tally* tally, const History* history, support::RscadProcess* server,
            client::Client client);

  // Waits until no registration and no process is left, and every pool has its workers again. What
  // does not become so is a broken promise.
  void AwaitQuiet();

  Holdings Measure() const;

  // Waits until the server holds no more than before.
  void Compare(const Holdings& before);

  // Ends the server: nothing of it may be left.
  void EndServer();

 private:
  using Problem = std::function<std::string()>;  // empty: all is well

  void Await(const std::string& what, const Problem& problem);

  std::string LivingRegistrations();
  std::string UnwellPools();
  std::string StrangeProcesses(bool server_lives);
  std::string StrangeFiles(bool server_lives) const;
  std::string StrangeCgroups(bool server_lives);

  Tally* const tally_;
  const History* const history_;
  support::RscadProcess* const server_;
  client::Client client_;
  const pid_t server_pid_;
};

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_LEFTOVERS_H_
