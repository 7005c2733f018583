// The directory of a unix socket is what keeps others away from it.
#ifndef RSCA_SERVER_SECURITY_SOCKET_DIRECTORY_H_
#define RSCA_SERVER_SECURITY_SOCKET_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"

namespace rsca::security {

// Makes the directory with mode 0700 if it does not exist (its parent must). FAILED_PRECONDITION,
// with what to do about it, if it is a symbolic link, no directory, somebody else's, or open to
// group or others.
absl::Status PreparePrivateDirectory(const std::string& directory);

// Prepares the directory of a socket that is to be made, and removes a socket on which nobody
// listens any more. ALREADY_EXISTS if somebody does; FAILED_PRECONDITION if the path is something
// else.
absl::Status PrepareSocketPath(const std::string& socket_path);

}  // namespace rsca::security

#endif  // RSCA_SERVER_SECURITY_SOCKET_DIRECTORY_H_
