// A loaded plug-in: its interfaces, and the calls that the worker makes on them.
#ifndef RSCA_SERVER_WORKER_PROTOCOL_MANAGER_H_
#define RSCA_SERVER_WORKER_PROTOCOL_MANAGER_H_

#include <rsca/wpf_extensions.h>
#include <rsca/wpf_ptr.h>

#include <cstdint>
#include <string>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/plugin_call.h"

namespace rsca::worker {

// Thread-safe as far as the plug-in is. A call takes as long as the plug-in does. What a plug-in
// throws is logged.
class ProtocolManager {
 public:
  ProtocolManager(std::string name, WpfPtr<IProtocolManager> manager);

  const std::string& name() const { return name_; }
  bool can_run() const { return static_cast<bool>(run_); }
  bool can_register() const { return registrations_ || by_name_; }
  // Whether it tells registrations apart by number, so that a function can have many at once.
  bool registers_by_number() const { return static_cast<bool>(registrations_); }
  bool can_listen() const { return static_cast<bool>(listeners_); }
  bool has_monitor() const { return static_cast<bool>(monitor_); }
  bool can_preload() const { return static_cast<bool>(preload_); }
  bool has_idle_action() const { return static_cast<bool>(idle_action_); }

  CallResult Register(uint64_t id, const std::wstring& function, const std::wstring& arguments,
                      ICustomAction2ResultCallback* callback);
  CallResult Unregister(uint64_t id, const std::wstring& function);
  CallResult Run(const std::wstring& function, const std::wstring& arguments,
                 ICustomActionResultCallback* callback);
  CallResult StartListener(const std::wstring& protocol, IWpfListenerChannelCallback* callback);
  CallResult StopListener(const std::wstring& protocol, IWpfListenerChannelCallback* callback,
                          bool immediate);
  CallResult CheckHealth(IHealthStatusCallback* callback);
  CallResult CheckIdle(bool* idle);
  CallResult Preload(uint32_t site_id, const std::wstring& config_path, bool recycled);
  CallResult Suspend();

  // Those on IProtocolManager itself, one at a time.
  CallResult GetCustomInterface(DWORD id, PVOID* answer);
  CallResult Shutdown(bool immediate);
  // Null where the plug-in has none.
  WpfPtr<IRscaCatalogue> GetCatalogue();

  // For people, and for the server: what the plug-in's call `what` returned.
  v1::WorkerFailure Failure(const char* what, const CallResult& result) const;

 private:
  CallResult Logged(const char* call, CallResult result) const;

  const std::string name_;
  // Released in the opposite order: the manager itself last.
  const WpfPtr<IProtocolManager> manager_;
  const WpfPtr<IPmCustomActions> run_;
  const WpfPtr<IPmCustomActions2> by_name_;
  const WpfPtr<IRscaRegistrations> registrations_;
  const WpfPtr<IPmListenerChannelManager> listeners_;
  const WpfPtr<IPmHealthAndIdleMonitor> monitor_;
  const WpfPtr<IPmApplicationPreload> preload_;
  const WpfPtr<IPmIdleTimeOutAction> idle_action_;
  Mutex manager_mutex_;  // held by calls of manager_ once it is constructed
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_PROTOCOL_MANAGER_H_
