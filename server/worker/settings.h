// IWpfSettings: what the pool's configuration says.
#ifndef RSCA_SERVER_WORKER_SETTINGS_H_
#define RSCA_SERVER_WORKER_SETTINGS_H_

#include <rsca/wpf_ptr.h>
#include <rsca/wpframework.h>

#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

WpfPtr<IWpfSettings> MakeSettings(const v1::Bootstrap& bootstrap);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_SETTINGS_H_
