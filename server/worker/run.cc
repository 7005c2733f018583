#include "server/worker/run.h"

#include <utility>

#include "common/hresult.h"
#include "server/worker/callback.h"

namespace rsca::worker {

Run::Run(std::shared_ptr<const Function> function, std::shared_ptr<const SessionContext> context,
         uint64_t channel, uint64_t credit)
    : function_(std::move(function)),
      context_(std::move(context)),
      channel_(channel),
      conversation_(std::make_shared<Conversation>(function_->info.name(), context_->limits,
                                                   context_->queue, context_->gone)) {
  conversation_->Join(channel_, credit);
}

void Run::Start(const std::string& arguments) {
  WpfPtr<ICustomActionResultCallback> callback = MakeRunCallback(conversation_);
  v1::Started started;
  CheckedArguments checked;
  if (conversation_->over()) {
    started = Refused(channel_, kHrCancelled, "the run was stopped before it began");
  } else if (checked = CheckArguments(*function_, arguments); FAILED(checked.refusal.hresult())) {
    started = std::move(checked.refusal);
    started.set_channel(channel_);
  } else {
    started = FromCall(channel_, "RunCustomAction",
                       function_->manager->Run(function_->name, checked.text, callback.Get()));
  }
  if (FAILED(started.hresult())) conversation_->Fail();
  context_->send_started(started);
  // Only now may the plug-in's reference be the last: `Started` comes before the end.
}

void Run::Stop(uint64_t channel, bool /*discard*/) {
  conversation_->Discard(channel);
  conversation_->EndAll(ReportKind::kUnregistered, S_OK);
}

void Run::AddCredit(uint64_t channel, uint64_t bytes) { conversation_->AddCredit(channel, bytes); }

void Run::RefuseReports(uint64_t channel, HRESULT hresult) {
  conversation_->RefuseReports(channel, hresult);
}

void Run::BeginShutdown() { conversation_->BeginShutdown(); }

void Run::Abandon() { conversation_->Abandon(); }

}  // namespace rsca::worker
