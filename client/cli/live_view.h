// `--watch`: shows something anew whenever something happens to a pool, and every two seconds.
#ifndef RSCA_CLIENT_CLI_LIVE_VIEW_H_
#define RSCA_CLIENT_CLI_LIVE_VIEW_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/session.h"
#include "client/cli/stopper.h"

namespace rsca::cli {

// On a terminal in place, else one after the other. Make it before anything starts threads.
class LiveView {
 public:
  // What to show, freshly asked for.
  using Render = std::function<absl::StatusOr<std::string>(const Terminal& terminal,
                                                           const client::CallOptions& call)>;

  explicit LiveView(Session* session) : session_(session), stopper_(session) {}

  // Once connected; until it is interrupted, or the first answer is an error. A server that goes
  // away later is waited for. The exit status.
  int Run(const Render& render);

 private:
  void FollowEvents();
  void Show(const std::string& text);
  int ShowUntilStopped(const Render& render);

  Session* const session_;
  Stopper stopper_;
  bool shown_ = false;
};

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_LIVE_VIEW_H_
