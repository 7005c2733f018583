#include "server/rpc/run_custom_action.h"

#include <utility>

#include "server/actions/functions.h"

namespace rsca::rpc {

void RunCustomAction::Handle(const std::shared_ptr<Call>& call) const {
  const auto function =
      context_->functions->FindToRun(call->request().function(), call->request().arguments());
  if (!function.ok()) return call->Finish(function.status());
  const auto run = context_->functions->BeginRun(
      *function, call->request().arguments(),
      [weak = std::weak_ptr<Call>(call)](absl::StatusOr<actions::RunResult> result) {
        const auto waiting = weak.lock();
        if (waiting == nullptr) return;
        if (!result.ok()) return waiting->Finish(result.status());
        v1::RunCustomActionResponse response;
        response.set_hr_status(result->hr_status);
        response.set_response(std::move(result->response));
        response.set_response_content_type(result->response_content_type);
        waiting->Finish(std::move(response));
      });
  call->WhenGone([run] { run->Cancel(); });
}

}  // namespace rsca::rpc
