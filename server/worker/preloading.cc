#include "server/worker/preloading.h"

#include <utility>

#include "common/hresult.h"
#include "common/log.h"
#include "server/worker/plugins.h"

namespace rsca::worker {
namespace {

// What an application may have reported between two preloadings.
constexpr int kMaxReports = 16;

v1::WorkerFailure FailureOf(HRESULT hresult, const std::string& reason) {
  v1::WorkerFailure failure;
  failure.set_hresult(hresult);
  failure.set_reason(reason);
  return failure;
}

}  // namespace

Preloading::Preloading(std::shared_ptr<const Applications> applications,
                       std::shared_ptr<ControlSender> sender, bool recycled)
    : applications_(std::move(applications)), sender_(std::move(sender)), recycled_(recycled) {}

void Preloading::StartAll(Plugins* plugins, PluginCallPool* pool) {
  std::vector<const Application*> wanted;
  for (const Application& application : applications_->all()) {
    if (application.info.preload() && Begin(application.info.id(), 0)) {
      wanted.push_back(&application);
    }
  }
  if (wanted.empty()) return;
  pool->RunWhenFree([self = shared_from_this(), wanted = std::move(wanted), plugins] {
    for (const Application* application : wanted) self->Run(*application, plugins);
  });
}

void Preloading::Start(const v1::PreloadApplication& request, Plugins* plugins,
                       PluginCallPool* pool) {
  const Application* const application = applications_->FindById(request.application());
  if (application == nullptr) {
    Send(request.application(), request.number(),
         {FailureOf(kHrNotFound, "the pool has no such application")});
    return;
  }
  if (!Begin(request.application(), request.number())) return;
  if (!pool->TryRun([self = shared_from_this(), application, plugins] {
        self->Run(*application, plugins);
      })) {
    Finish(request.application(),
           {FailureOf(kHrBusy, "every thread of the worker is in a plug-in call")});
  }
}

bool Preloading::Begin(const std::string& application, uint64_t number) {
  MutexLock lock(&mutex_);
  State& state = states_[application];
  state.numbers.push_back(number);
  if (std::exchange(state.running, true)) return false;
  state.reports = 0;
  return true;
}

void Preloading::Run(const Application& application, Plugins* plugins) {
  std::vector<v1::WorkerFailure> failures;
  bool asked = false;
  for (const auto& manager : plugins->managers()) {
    if (!manager->can_preload()) continue;
    const CallResult result =
        manager->Preload(application.info.site_id(), application.config_path, recycled_);
    if (result.hresult == E_NOTIMPL) continue;
    asked = true;
    if (FAILED(result.hresult)) failures.push_back(manager->Failure("PreloadApplication", result));
  }
  if (!asked) {
    failures.push_back(
        FailureOf(E_NOINTERFACE, "no protocol manager of the pool preloads applications"));
  }
  Finish(application.info.id(), std::move(failures));
}

void Preloading::Finish(const std::string& application, std::vector<v1::WorkerFailure> failures) {
  std::vector<uint64_t> numbers;
  {
    MutexLock lock(&mutex_);
    State& state = states_[application];
    failures.insert(failures.end(), state.failures.begin(), state.failures.end());
    state.failures.clear();
    numbers.swap(state.numbers);
    state.running = false;
  }
  for (const uint64_t number : numbers) Send(application, number, failures);
}

HRESULT Preloading::ReportPreloadFailure(const Application& application,
                                         const v1::WorkerFailure& failure) {
  {
    MutexLock lock(&mutex_);
    State& state = states_[application.info.id()];
    if (++state.reports > kMaxReports) return HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_QUOTA);
    if (state.running) {
      state.failures.push_back(failure);
      return S_OK;
    }
  }
  Send(application.info.id(), 0, {failure});
  return S_OK;
}

void Preloading::Send(const std::string& application, uint64_t number,
                      const std::vector<v1::WorkerFailure>& failures) {
  v1::ControlRequest request;
  v1::Preloaded* preloaded = request.mutable_preloaded();
  preloaded->set_number(number);
  preloaded->set_application(application);
  for (const v1::WorkerFailure& failure : failures) {
    LogWarning("an application is not preloaded", {{"application", application},
                                                   {"protocol_manager", failure.protocol_manager()},
                                                   {"why", failure.reason()},
                                                   {"hresult", HresultText(failure.hresult())}});
    *preloaded->add_failures() = failure;
  }
  sender_->Send(request);
}

}  // namespace rsca::worker
