#include "server/worker/protocol_manager.h"

#include <utility>

#include "common/log.h"

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
      registrations_(AskFor<IRscaRegistrations>(manager_.Get(), RSCA_REGISTRATIONS_ID)) {}

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

CallResult ProtocolManager::Shutdown(bool immediate) {
  return Logged("shutdown",
                CallPlugin([&] { return manager_->Shutdown(immediate ? TRUE : FALSE); }));
}

WpfPtr<IRscaCatalogue> ProtocolManager::GetCatalogue() {
  return AskFor<IRscaCatalogue>(manager_.Get(), RSCA_CATALOGUE_ID);
}

CallResult ProtocolManager::Logged(const char* call, CallResult result) const {
  if (!result.exception.empty()) {
    LogError("a plug-in threw an exception",
             {{"protocol_manager", name_}, {"call", call}, {"exception", result.exception}});
  }
  return result;
}

}  // namespace rsca::worker
