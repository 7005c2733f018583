// The three questions of server/worker/survey.h.
#include <optional>
#include <string>
#include <utility>

#include "common/hresult.h"
#include "common/log.h"
#include "server/worker/counted.h"
#include "server/worker/survey.h"

namespace rsca::worker {
namespace {

constexpr HRESULT kAnswered = HRESULT_FROM_WIN32(ERROR_INVALID_STATE);

// One CheckHealth. Its answer counts once the call has returned, so that a failing call is one even
// if it has reported health before.
class HealthCheck final : public Counted<IHealthStatusCallback> {
 public:
  HealthCheck(std::string manager, Survey::Reply reply)
      : manager_(std::move(manager)), reply_(std::move(reply)) {}

  ~HealthCheck() override {
    if (reply_ == nullptr) return;
    LogWarning("a health check was dropped without an answer; the ping stays unanswered",
               {{"protocol_manager", manager_}});
  }

  HRESULT ReportHealth(BOOL fHealthy) override {
    Survey::Reply reply;
    {
      MutexLock lock(&mutex_);
      if (reported_ || reply_ == nullptr) return kAnswered;
      reported_ = true;
      healthy_ = fHealthy != FALSE;
      if (!returned_) return S_OK;
      reply.swap(reply_);
    }
    reply(AnswerOf(fHealthy != FALSE));
    return S_OK;
  }

  // The call has: with a failure, or nothing.
  void Returned(std::optional<v1::WorkerFailure> failure) {
    Survey::Reply reply;
    bool healthy = false;
    {
      MutexLock lock(&mutex_);
      returned_ = true;
      if (!failure.has_value() && !reported_) return;  // it will come
      healthy = healthy_;
      reply.swap(reply_);
    }
    reply(failure.has_value() ? std::move(failure) : AnswerOf(healthy));
  }

 private:
  Survey::Answer AnswerOf(bool healthy) const {
    if (healthy) return std::nullopt;
    v1::WorkerFailure failure;
    failure.set_protocol_manager(manager_);
    failure.set_reason("it reports that it is not healthy");
    return failure;
  }

  const std::string manager_;
  Mutex mutex_;
  Survey::Reply reply_ ABSL_GUARDED_BY(mutex_);  // until it was called
  bool returned_ ABSL_GUARDED_BY(mutex_) = false;
  bool reported_ ABSL_GUARDED_BY(mutex_) = false;
  bool healthy_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

Survey::Question HealthQuestion() {
  Survey::Question question;
  question.concerns = [](const ProtocolManager& manager) { return manager.has_monitor(); };
  question.ask = [](const Survey::Manager& manager, Survey::Reply reply) {
    const auto check =
        WpfPtr<HealthCheck>::Adopt(new HealthCheck(manager->name(), std::move(reply)));
    const CallResult result = manager->CheckHealth(check.Get());
    if (result.hresult == E_NOTIMPL) check->ReportHealth(TRUE);
    const bool failed = FAILED(result.hresult) && result.hresult != E_NOTIMPL;
    check->Returned(failed ? Survey::Answer(manager->Failure("CheckHealth", result))
                           : std::nullopt);
  };
  question.first_failure_decides = true;
  return question;
}

Survey::Question IdleQuestion() {
  Survey::Question question;
  question.concerns = [](const ProtocolManager& manager) { return manager.has_monitor(); };
  question.ask = [](const Survey::Manager& manager, const Survey::Reply& reply) {
    bool idle = false;
    const CallResult result = manager->CheckIdle(&idle);
    if (result.hresult == E_NOTIMPL || (SUCCEEDED(result.hresult) && idle)) {
      return reply(std::nullopt);
    }
    reply(manager->Failure("CheckIdle", result));
  };
  question.first_failure_decides = true;
  return question;
}

Survey::Question SuspendQuestion() {
  Survey::Question question;
  question.concerns = [](const ProtocolManager& manager) { return manager.has_idle_action(); };
  question.ask = [](const Survey::Manager& manager, const Survey::Reply& reply) {
    const CallResult result = manager->Suspend();
    reply(FAILED(result.hresult) && result.hresult != E_NOTIMPL
              ? Survey::Answer(manager->Failure("SuspendProcess", result))
              : std::nullopt);
  };
  question.first_failure_decides = false;
  return question;
}

}  // namespace rsca::worker
