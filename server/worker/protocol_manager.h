// A loaded plug-in: its interfaces, and the calls that the worker makes on them.
#ifndef RSCA_SERVER_WORKER_PROTOCOL_MANAGER_H_
#define RSCA_SERVER_WORKER_PROTOCOL_MANAGER_H_

#include <rsca/wpf_extensions.h>
#include <rsca/wpf_ptr.h>

#include <cstdint>
#include <string>

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

  CallResult Register(uint64_t id, const std::wstring& function, const std::wstring& arguments,
                      ICustomAction2ResultCallback* callback);
  CallResult Unregister(uint64_t id, const std::wstring& function);
  CallResult Run(const std::wstring& function, const std::wstring& arguments,
                 ICustomActionResultCallback* callback);
  CallResult Shutdown(bool immediate);

  // Null where the plug-in has none.
  WpfPtr<IRscaCatalogue> GetCatalogue();

 private:
  CallResult Logged(const char* call, CallResult result) const;

  const std::string name_;
  // Released in the opposite order: the manager itself last.
  const WpfPtr<IProtocolManager> manager_;
  const WpfPtr<IPmCustomActions> run_;
  const WpfPtr<IPmCustomActions2> by_name_;
  const WpfPtr<IRscaRegistrations> registrations_;
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_PROTOCOL_MANAGER_H_
