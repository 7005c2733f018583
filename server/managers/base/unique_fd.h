// `common/unique_fd.h` under the managers' roof.
#ifndef RSCA_SERVER_MANAGERS_BASE_UNIQUE_FD_H_
#define RSCA_SERVER_MANAGERS_BASE_UNIQUE_FD_H_

#include "common/unique_fd.h"  // IWYU pragma: export

namespace rsca::managers {

using rsca::UniqueFd;

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_BASE_UNIQUE_FD_H_
