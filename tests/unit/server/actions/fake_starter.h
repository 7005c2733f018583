// A worker pool whose worker is the test.
#ifndef RSCA_TESTS_UNIT_SERVER_ACTIONS_FAKE_STARTER_H_
#define RSCA_TESTS_UNIT_SERVER_ACTIONS_FAKE_STARTER_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/workers/action_listener.h"

namespace rsca::actions {

// Not thread-safe: the tests that use it have one thread.
class FakeStarter final : public workers::ActionStarter {
 public:
  struct Calls {
    std::vector<bool> stops;  // whether each discarded
    uint64_t granted = 0;
    int32_t refusing = 0;  // what reports fail with now
  };

  absl::StatusOr<std::unique_ptr<workers::ActionHandle>> Start(
      const std::string& /*pool*/, const workers::StartRequest& start,
      std::shared_ptr<workers::ActionListener> action_listener) override {
    if (!answer.ok()) return answer;
    request = start;
    listener = std::move(action_listener);
    if (before_return) before_return();
    return std::make_unique<Handle>(calls);
  }

  static workers::Report Report(const std::string& response, bool final = false,
                                int32_t hr_status = 0) {
    // What it points to lives as long as the test program.
    static auto* const responses = new std::deque<std::string>;
    workers::Report report;
    report.response = responses->emplace_back(response);
    report.final = final;
    report.hr_status = hr_status;
    return report;
  }

  void ReportAll(std::vector<workers::Report> reports) {
    listener->OnReports(absl::MakeSpan(reports));
  }

  absl::Status answer;
  std::function<void()> before_return;  // what comes back faster than Start does
  workers::StartRequest request;
  std::shared_ptr<workers::ActionListener> listener;
  std::shared_ptr<Calls> calls = std::make_shared<Calls>();

 private:
  class Handle final : public workers::ActionHandle {
   public:
    explicit Handle(std::shared_ptr<Calls> calls) : calls_(std::move(calls)) {}
    void Stop(bool discard) override { calls_->stops.push_back(discard); }
    void Grant(uint64_t bytes) override { calls_->granted += bytes; }
    void RefuseReports(int32_t hresult) override { calls_->refusing = hresult; }

   private:
    const std::shared_ptr<Calls> calls_;
  };
};

}  // namespace rsca::actions

#endif  // RSCA_TESTS_UNIT_SERVER_ACTIONS_FAKE_STARTER_H_
