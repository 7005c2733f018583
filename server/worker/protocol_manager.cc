#include "server/worker/protocol_manager.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/log.h"
#include "server/worker/plain_text.h"

namespace rsca::worker {
namespace {

// Null unless the call succeeds and sets the pointer. What a failed call leaves in it is not ours.
template <typename Interface, typename Ask>
WpfPtr<Interface> AskFor(const Ask& ask) {
  WpfPtr<Interface> answer;
  const CallResult result = CallPlugin([&] { return ask(answer.PutVoid()); });
  if (FAILED(result.hresult)) answer.Detach();
  return answer;
}

template <typename Interface>
WpfPtr<Interface> AskFor(IProtocolManager* manager, PM_INTERFACE_ID_ENUM id) {
  return AskFor<Interface>([&](PVOID* answer) { return manager->GetPmInterface(id, answer); });
}

template <typename Interface>
WpfPtr<Interface> AskFor(IProtocolManager* manager, DWORD id) {
  return AskFor<Interface>([&](PVOID* answer) { return manager->GetCustomInterface(id, answer); });
}

}  // namespace

ProtocolManager::ProtocolManager(std::string name, WpfPtr<IProtocolManager> manager)
    : name_(std::move(name)),
      manager_(std::move(manager)),
      run_(AskFor<IPmCustomActions>(manager_.Get(), PM_CUSTOM_ACTIONS_ID)),
      by_name_(AskFor<IPmCustomActions2>(manager_.Get(), PM_CUSTOM_ACTIONS_2_ID)),
      registrations_(AskFor<IRscaRegistrations>(manager_.Get(), RSCA_REGISTRATIONS_ID)),
      listeners_(AskFor<IPmListenerChannelManager>(manager_.Get(), PM_LISTENER_CHANNEL_MANAGER_ID)),
      monitor_(AskFor<IPmHealthAndIdleMonitor>(manager_.Get(), PM_HEALTH_AND_IDLE_MONITOR_ID)),
      preload_(AskFor<IPmApplicationPreload>(manager_.Get(), PM_APPLICATION_PRELOAD_ID)),
      idle_action_(AskFor<IPmIdleTimeOutAction>(manager_.Get(), PM_IDLE_TIMEOUT_ID)) {}

CallResult ProtocolManager::Register(uint64_t id, const std::wstring& function,
                                     const std::wstring& arguments,
                                     ICustomAction2ResultCallback* callback) {
  return Logged("register", CallPlugin([&] {
                  return registrations_ ? registrations_->RegisterCustomActionCallback(
                                              id, function.c_str(), arguments.c_str(), callback)
                                        : by_name_->RegisterCustomActionCallback(
                                              function.c_str(), arguments.c_str(), callback);
                }));
}

CallResult ProtocolManager::Unregister(uint64_t id, const std::wstring& function) {
  return Logged("unregister", CallPlugin([&] {
                  return registrations_
                             ? registrations_->UnregisterCustomActionCallback(id)
                             : by_name_->UnregisterCustomActionCallback(function.c_str());
                }));
}

CallResult ProtocolManager::Run(const std::wstring& function, const std::wstring& arguments,
                                ICustomActionResultCallback* callback) {
  return Logged("run", CallPlugin([&] {
                  return run_->RunCustomAction(function.c_str(), arguments.c_str(), callback);
                }));
}

CallResult ProtocolManager::StartListener(const std::wstring& protocol,
                                          IWpfListenerChannelCallback* callback) {
  return Logged("StartListenerChannel", CallPlugin([&] {
                  return listeners_->StartListenerChannel(protocol.c_str(), callback);
                }));
}

CallResult ProtocolManager::StopListener(const std::wstring& protocol,
                                         IWpfListenerChannelCallback* callback, bool immediate) {
  return Logged("StopListenerChannel", CallPlugin([&] {
                  return listeners_->StopListenerChannel(protocol.c_str(), callback,
                                                         immediate ? TRUE : FALSE);
                }));
}

CallResult ProtocolManager::CheckHealth(IHealthStatusCallback* callback) {
  return Logged("CheckHealth", CallPlugin([&] { return monitor_->CheckHealth(callback); }));
}

CallResult ProtocolManager::CheckIdle(bool* idle) {
  BOOL answer = FALSE;
  CallResult result = Logged("CheckIdle", CallPlugin([&] { return monitor_->CheckIdle(&answer); }));
  *idle = answer != FALSE;
  return result;
}

CallResult ProtocolManager::Preload(uint32_t site_id, const std::wstring& config_path,
                                    bool recycled) {
  return Logged("PreloadApplication", CallPlugin([&] {
                  return preload_->PreloadApplication(site_id, config_path.c_str(),
                                                      recycled ? TRUE : FALSE);
                }));
}

CallResult ProtocolManager::Suspend() {
  return Logged("SuspendProcess", CallPlugin([&] { return idle_action_->SuspendProcess(); }));
}

CallResult ProtocolManager::GetCustomInterface(DWORD id, PVOID* answer) {
  MutexLock lock(&manager_mutex_);
  return Logged("GetCustomInterface",
                CallPlugin([&] { return manager_->GetCustomInterface(id, answer); }));
}

CallResult ProtocolManager::Shutdown(bool immediate) {
  MutexLock lock(&manager_mutex_);
  return Logged("shutdown",
                CallPlugin([&] { return manager_->Shutdown(immediate ? TRUE : FALSE); }));
}

WpfPtr<IRscaCatalogue> ProtocolManager::GetCatalogue() {
  MutexLock lock(&manager_mutex_);
  return AskFor<IRscaCatalogue>(manager_.Get(), RSCA_CATALOGUE_ID);
}

v1::WorkerFailure ProtocolManager::Failure(const char* what, const CallResult& result) const {
  v1::WorkerFailure failure;
  failure.set_protocol_manager(name_);
  failure.set_hresult(result.hresult);
  failure.set_reason(
      result.exception.empty()
          ? absl::StrCat(what, " failed with ", HresultText(result.hresult))
          : absl::StrCat(what, " threw an exception: ", PlainText(result.exception)));
  return failure;
}

CallResult ProtocolManager::Logged(const char* call, CallResult result) const {
  if (!result.exception.empty()) {
    LogError("a plug-in threw an exception",
             {{"protocol_manager", name_}, {"call", call}, {"exception", result.exception}});
  }
  return result;
}

}  // namespace rsca::worker
