// Loads a plug-in's shared library and calls its entry point.
//
// A library that was loaded is never unloaded: the plug-in may have threads, and objects that
// others still hold; taking its code away under them would crash the worker.
#ifndef RSCA_SERVER_WORKER_PLUGIN_LIBRARY_H_
#define RSCA_SERVER_WORKER_PLUGIN_LIBRARY_H_

#include <rsca/wpf_ptr.h>
#include <rsca/wpframework.h>

#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

// Null, and what was wrong in `failure`, when there is no protocol manager to be had.
WpfPtr<IProtocolManager> LoadPluginLibrary(const v1::ProtocolManager& config,
                                           IWorkerProcessFramework* framework,
                                           v1::LoadFailure* failure);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_PLUGIN_LIBRARY_H_
