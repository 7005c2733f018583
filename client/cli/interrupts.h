// What ends a command from outside: Ctrl-C, SIGTERM, --timeout, a reader of standard output that
// went away.
#ifndef RSCA_CLIENT_CLI_INTERRUPTS_H_
#define RSCA_CLIENT_CLI_INTERRUPTS_H_

#include <functional>
#include <thread>

#include "absl/time/time.h"

namespace rsca::cli {

struct Interruption {
  enum class Cause { kSignal, kTimeout, kOutputClosed };
  Cause cause;
  int signal = 0;  // with kSignal
};

// Tells the first interruption to a handler, on a thread of its own. From then on signals have
// their default effect, so that a second Ctrl-C ends the program at once, whatever the handler
// does.
class Interrupts {
 public:
  // Blocks SIGINT and SIGTERM, where they are not ignored, in the calling thread, and so in those
  // that it starts afterwards. Make it before anything starts threads.
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Begins to watch. Call once. `timeout` may be infinite.
  void Watch(absl::Duration timeout, std::function<void(Interruption)> handler);

  // No handler runs any more, and none begins. Waits for one that is running.
  void Stop();

 private:
  void Run(absl::Duration timeout, const std::function<void(Interruption)>& handler);

  const int signals_;  // signalfd
  const int stop_;     // eventfd
  std::thread thread_;
};

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_INTERRUPTS_H_
