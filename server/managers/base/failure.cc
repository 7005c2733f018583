#include "server/managers/base/failure.h"

#include <cerrno>
#include <new>
#include <system_error>

namespace rsca::managers {

HRESULT HresultFromErrno(int error) {
  switch (error) {
    case ENOENT:
      return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    case ENOTDIR:
    case ELOOP:
      return HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
    case EACCES:
    case EPERM:
    case EROFS:
      return E_ACCESSDENIED;
    case EMFILE:
    case ENFILE:
      return HRESULT_FROM_WIN32(ERROR_TOO_MANY_OPEN_FILES);
    case ENOMEM:
      return E_OUTOFMEMORY;
    case ENOSPC:
    case EDQUOT:
      return HRESULT_FROM_WIN32(ERROR_DISK_FULL);
    case EEXIST:
      return HRESULT_FROM_WIN32(ERROR_FILE_EXISTS);
    case EINVAL:
    case EISDIR:
    case E2BIG:
    case ENAMETOOLONG:
      return E_INVALIDARG;
    case ENOEXEC:
      return HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT);
    case EPIPE:
      return HRESULT_FROM_WIN32(ERROR_BROKEN_PIPE);
    case EIO:
      return HRESULT_FROM_WIN32(ERROR_READ_FAULT);
    case EBUSY:
    case ETXTBSY:
    case EADDRINUSE:
      return HRESULT_FROM_WIN32(ERROR_BUSY);
    case EAGAIN:
      return HRESULT_FROM_WIN32(ERROR_RETRY);
    case ESRCH:
    case EADDRNOTAVAIL:
      return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
    case ENOTSUP:
    case ENOSYS:
      return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
    case ECANCELED:
      return HRESULT_FROM_WIN32(ERROR_CANCELLED);
    case ETIMEDOUT:
      return HRESULT_FROM_WIN32(ERROR_TIMEOUT);
    default:
      return E_FAIL;
  }
}

Failure FailureFromException() {
  try {
    throw;
  } catch (const nlohmann::json::exception& error) {
    return {E_INVALIDARG, error.what()};
  } catch (const std::bad_alloc&) {
    return {E_OUTOFMEMORY, "out of memory"};
  } catch (const std::system_error& error) {
    return {HresultFromErrno(error.code().value()), error.what()};
  } catch (const std::exception& error) {
    return {E_UNEXPECTED, error.what()};
  } catch (...) {
    return {E_UNEXPECTED, "an exception of an unknown kind"};
  }
}

}  // namespace rsca::managers
