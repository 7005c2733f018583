// Follows a stream of results to its end, through Ctrl-C, --timeout and a closed output.
#ifndef RSCA_CLIENT_CLI_STREAM_FOLLOWER_H_
#define RSCA_CLIENT_CLI_STREAM_FOLLOWER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/interrupts.h"
#include "client/cli/session.h"
#include "client/cli/stream_printer.h"
#include "common/mutex.h"
#include "rsca/client/cancellation.h"
#include "rsca/client/result_stream.h"

namespace rsca::cli {

// What an interruption means for the registration. A second one ends the program at once.
enum class WhenInterrupted {
  kUnregister,  // the registration ends; what it still reports is printed
  kLeave,       // the registration goes on without this stream
};

// Make it before anything starts threads, for it blocks signals; `Watch`, then `Follow`, once each.
class StreamFollower {
 public:
  // `beginning`: see StreamPrinter.
  StreamFollower(Session* session, const std::string& beginning);

  // Ends the opening of the stream when an interruption comes that early.
  const client::Cancellation& cancellation() const { return cancellation_; }

  void Watch(WhenInterrupted policy);

  // Prints the stream to its end, or through the sequence `last`. The exit status.
  int Follow(absl::StatusOr<client::ResultStream> stream,
             std::optional<uint64_t> last = std::nullopt);

 private:
  void Interrupt(const Interruption& interruption);
  void PrintAll(client::ResultStream* stream, std::optional<uint64_t> last);
  int ExitStatus(const absl::Status& status, const client::ResultStream* stream);
  void TellHowToJoin(const client::ResultStream& stream) const;

  Session* const session_;
  Interrupts interrupts_;
  client::Cancellation cancellation_;
  StreamPrinter printer_;
  WhenInterrupted policy_ = WhenInterrupted::kLeave;
  int outcome_status_ = 0;     // of the registrations that have ended
  bool outcome_seen_ = false;  // of the registration that is printed now

  Mutex mutex_;
  client::ResultStream* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::optional<Interruption> interruption_ ABSL_GUARDED_BY(mutex_);
  bool left_ ABSL_GUARDED_BY(mutex_) = false;  // the stream was given up before its end
};

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_STREAM_FOLLOWER_H_
