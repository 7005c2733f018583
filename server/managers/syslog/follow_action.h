// syslog.follow at work: a thread that reports what its queue gives out.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_FOLLOW_ACTION_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_FOLLOW_ACTION_H_

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "server/managers/base/manager.h"
#include "server/managers/syslog/hub.h"

namespace rsca::managers::syslog {

class FollowAction final : public Action {
 public:
  // `hub` outlives it. Throws std::system_error when there is no thread to be had.
  FollowAction(Hub* hub, std::unique_ptr<const Filter> filter, size_t last, Reporter reporter);
  ~FollowAction() override;

  // After what is in the queue has been reported.
  void Stop() override;

 private:
  void Run();
  HRESULT ReportRecord(const Record& record);
  HRESULT ReportGap(const Gap& gap);
  HRESULT ReportPatiently(const std::string& response, HRESULT status);

  Hub* const hub_;
  const std::shared_ptr<FollowerQueue> queue_;
  const Reporter reporter_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_FOLLOW_ACTION_H_
