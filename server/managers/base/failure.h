// How failures and exceptions become HRESULTs.
#ifndef RSCA_SERVER_MANAGERS_BASE_FAILURE_H_
#define RSCA_SERVER_MANAGERS_BASE_FAILURE_H_

#include "server/managers/base/manager.h"

namespace rsca::managers {

// What the exception that is being handled means. Only inside a catch block.
Failure FailureFromException();

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_BASE_FAILURE_H_
