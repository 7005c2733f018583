// process.list: the processes of the host, once.
#ifndef RSCA_SERVER_MANAGERS_PROCESS_LIST_FUNCTION_H_
#define RSCA_SERVER_MANAGERS_PROCESS_LIST_FUNCTION_H_

#include "server/managers/base/manager.h"

namespace rsca::managers {

Function ListFunction();

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_PROCESS_LIST_FUNCTION_H_
