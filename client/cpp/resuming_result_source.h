// Makes of RPCs that may break one stream that does not.
#ifndef RSCA_CLIENT_CPP_RESUMING_RESULT_SOURCE_H_
#define RSCA_CLIENT_CPP_RESUMING_RESULT_SOURCE_H_

#include <functional>
#include <memory>

#include "client/cpp/cancel_state.h"
#include "client/cpp/position.h"
#include "client/cpp/rejoin.h"
#include "client/cpp/result_source.h"
#include "common/timers.h"
#include "rsca/client/options.h"

namespace rsca::client::internal {

// Passes on what Position has accepted: every sequence once, in order; `registered` again after
// each join. The end is good only after the final result.
class ResumingResultSource final : public ResultSource {
 public:
  // Begins an RPC that goes on at the position: the same request again before it has joined, after
  // that one that joins the registration.
  using Open = std::function<std::unique_ptr<ResultSource>(const Position& position)>;

  enum class Carries {
    kOneRegistration,
    kSeveral,  // one after the other, which cannot be joined again
  };

  // `timers` outlives this.
  ResumingResultSource(Open open, Position position, Carries carries, const StreamOptions& options,
                       Timers* timers, std::shared_ptr<CancelState> cancel);

  absl::StatusOr<bool> Next(v1::ResultStreamResponse* message) override;

  const Position& position() const { return position_; }

 private:
  // Waits for the next try. An error: there is none.
  absl::Status PauseAfter(const absl::Status& loss);
  absl::Status GiveUp(const absl::Status& loss) const;
  bool MayTryAgain(const absl::Status& loss) const;
  // A server that stops takes its registrations with it, but for durable ones.
  bool EndsWithTheServer(const absl::Status& loss) const;
  void TellJournal(const std::string& error);

  const Open open_;
  const Carries carries_;
  Position position_;
  const std::function<void(const std::string& error)> on_journal_change_;
  std::string journal_error_;  // the last that was told
  Rejoin rejoin_;
  std::unique_ptr<ResultSource> source_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_RESUMING_RESULT_SOURCE_H_
