// One call of IPmCustomActions::RunCustomAction and its one response.
#ifndef RSCA_SERVER_WORKER_RUN_H_
#define RSCA_SERVER_WORKER_RUN_H_

#include <memory>
#include <string>

#include "server/worker/session.h"

namespace rsca::worker {

class Run final : public Session {
 public:
  Run(std::shared_ptr<const Function> function, std::shared_ptr<const SessionContext> context,
      uint64_t channel, uint64_t credit);

  // Checks, calls and answers `Started`. Takes as long as the plug-in does; call once.
  void Start(const std::string& arguments);

  // There is no call that ends a run: its response is thrown away, and that is its end.
  void Stop(uint64_t channel, bool discard) override;
  void AddCredit(uint64_t channel, uint64_t bytes) override;
  void RefuseReports(uint64_t channel, HRESULT hresult) override;
  void BeginShutdown() override;
  void Abandon() override;

 private:
  const std::shared_ptr<const Function> function_;
  const std::shared_ptr<const SessionContext> context_;
  const uint64_t channel_;
  const std::shared_ptr<Conversation> conversation_;
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_RUN_H_
