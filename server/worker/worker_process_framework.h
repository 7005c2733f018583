// The IWorkerProcessFramework that plug-ins are given, one for each protocol manager.
#ifndef RSCA_SERVER_WORKER_WORKER_PROCESS_FRAMEWORK_H_
#define RSCA_SERVER_WORKER_WORKER_PROCESS_FRAMEWORK_H_

#include <rsca/wpf_ptr.h>
#include <rsca/wpframework.h>

#include <functional>
#include <memory>
#include <string>

#include "server/worker/applications.h"
#include "server/worker/requests.h"

namespace rsca::worker {

// What the interfaces are made of; shared by all protocol managers.
struct FrameworkServices {
  WpfPtr<IWpfSettings> settings;
  std::shared_ptr<const Applications> applications;
  std::shared_ptr<Requests> requests;
  std::shared_ptr<PreloadFailureSink> preload_failures;
};

// Finds or loads another protocol manager for this one, and asks it for an interface. Must be safe
// to call on any thread and for as long as a plug-in holds what it was given.
using CustomInterfaceSource = std::function<HRESULT(
    const std::string& library, const std::string& entry_point, DWORD id, PVOID* answer)>;

// Version 1.0. WPF_CONFIG_API_ID is reserved, and answers E_NOTIMPL.
WpfPtr<IWorkerProcessFramework> MakeWorkerProcessFramework(const FrameworkServices& services,
                                                           const std::string& manager,
                                                           CustomInterfaceSource source);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_WORKER_PROCESS_FRAMEWORK_H_
