// Opening and reading of regular files.
#ifndef RSCA_SERVER_MANAGERS_FILE_REGULAR_FILE_H_
#define RSCA_SERVER_MANAGERS_FILE_REGULAR_FILE_H_

#include <cstdint>
#include <string>

#include "server/managers/base/manager.h"
#include "server/managers/base/unique_fd.h"

namespace rsca::managers::file {

// What went wrong with a path, by errno: "cannot open /x: Permission denied".
Failure PathFailure(const char* what, const std::string& path, int error);

// The argument `path`: absolute, without a zero byte. Empty and a failure when it is not.
std::string PathArgument(const nlohmann::json& arguments, Failure* failure);

// Opens for reading; symbolic links are followed. Directories, FIFOs, sockets and devices are
// refused with E_INVALIDARG without being opened.
UniqueFd OpenRegularFile(const std::string& path, Failure* failure);

// Up to `length` bytes from `offset`; fewer at the end of the file. Returns 0 or an errno.
int ReadAt(int fd, uint64_t offset, uint64_t length, std::string* bytes);

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_REGULAR_FILE_H_
