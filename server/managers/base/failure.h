// How failures and exceptions become HRESULTs.
#ifndef RSCA_SERVER_MANAGERS_BASE_FAILURE_H_
#define RSCA_SERVER_MANAGERS_BASE_FAILURE_H_

#include "server/managers/base/manager.h"

namespace rsca::managers {

// What the exception that is being handled means. Only inside a catch block.
Failure FailureFromException();

// What `body` returns: nothing that is thrown may cross the framework's interfaces.
template <typename Body>
HRESULT Guarded(const Body& body) {
  try {
    return body();
  } catch (...) {
    return FailureFromException().hresult;
  }
}

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_BASE_FAILURE_H_
