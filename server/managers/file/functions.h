// The functions of the file manager, for its entry point.
#ifndef RSCA_SERVER_MANAGERS_FILE_FUNCTIONS_H_
#define RSCA_SERVER_MANAGERS_FILE_FUNCTIONS_H_

#include "server/managers/base/manager.h"

namespace rsca::managers::file {

Function TailFunction();
Function WatchFunction();
Function ReadFunction();

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_FUNCTIONS_H_
