// The IWorkerProcessFramework that plug-ins are given.
#ifndef RSCA_SERVER_WORKER_WORKER_PROCESS_FRAMEWORK_H_
#define RSCA_SERVER_WORKER_WORKER_PROCESS_FRAMEWORK_H_

#include <rsca/wpf_ptr.h>
#include <rsca/wpframework.h>

#include <string>

namespace rsca::worker {

// Version 1.0. Offers IWpfSettings, which knows APP_POOL_NAME and answers E_NOTIMPL to the rest; so
// does GetWpfInterface for the other interfaces. `pool` is UTF-8.
WpfPtr<IWorkerProcessFramework> MakeWorkerProcessFramework(const std::string& pool);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_WORKER_PROCESS_FRAMEWORK_H_
