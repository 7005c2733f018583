// What the host manager can do.
#ifndef RSCA_SERVER_MANAGERS_HOST_FUNCTIONS_H_
#define RSCA_SERVER_MANAGERS_HOST_FUNCTIONS_H_

#include "server/managers/base/manager.h"

namespace rsca::managers {

Function HostInfoFunction();
Function HostMetricsFunction();

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_HOST_FUNCTIONS_H_
