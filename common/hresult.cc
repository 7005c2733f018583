#include "common/hresult.h"

#include <rsca/wpf_types.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace rsca {
namespace {

struct Row {
  HRESULT hresult;
  absl::StatusCode code;
  const char* name;
};

constexpr Row Win32(DWORD error, absl::StatusCode code, const char* name) {
  return {HRESULT_FROM_WIN32(error), code, name};
}

constexpr Row kTable[] = {
    {E_INVALIDARG, absl::StatusCode::kInvalidArgument, "E_INVALIDARG"},
    {E_ACCESSDENIED, absl::StatusCode::kPermissionDenied, "E_ACCESSDENIED"},
    {E_OUTOFMEMORY, absl::StatusCode::kResourceExhausted, "E_OUTOFMEMORY"},
    {E_NOTIMPL, absl::StatusCode::kUnimplemented, "E_NOTIMPL"},
    {E_ABORT, absl::StatusCode::kCancelled, "E_ABORT"},
    {E_FAIL, absl::StatusCode::kInternal, "E_FAIL"},
    {E_UNEXPECTED, absl::StatusCode::kInternal, "E_UNEXPECTED"},
    {E_NOINTERFACE, absl::StatusCode::kInternal, "E_NOINTERFACE"},
    {E_POINTER, absl::StatusCode::kInternal, "E_POINTER"},
    {E_HANDLE, absl::StatusCode::kInternal, "E_HANDLE"},
    {E_PENDING, absl::StatusCode::kInternal, "E_PENDING"},
    Win32(ERROR_FILE_NOT_FOUND, absl::StatusCode::kNotFound, "ERROR_FILE_NOT_FOUND"),
    Win32(ERROR_PATH_NOT_FOUND, absl::StatusCode::kNotFound, "ERROR_PATH_NOT_FOUND"),
    Win32(ERROR_NOT_FOUND, absl::StatusCode::kNotFound, "ERROR_NOT_FOUND"),
    Win32(ERROR_FILE_EXISTS, absl::StatusCode::kAlreadyExists, "ERROR_FILE_EXISTS"),
    Win32(ERROR_ALREADY_EXISTS, absl::StatusCode::kAlreadyExists, "ERROR_ALREADY_EXISTS"),
    Win32(ERROR_NOT_ENOUGH_MEMORY, absl::StatusCode::kResourceExhausted, "ERROR_NOT_ENOUGH_MEMORY"),
    Win32(ERROR_NOT_ENOUGH_QUOTA, absl::StatusCode::kResourceExhausted, "ERROR_NOT_ENOUGH_QUOTA"),
    Win32(ERROR_TOO_MANY_OPEN_FILES, absl::StatusCode::kResourceExhausted,
          "ERROR_TOO_MANY_OPEN_FILES"),
    Win32(ERROR_DISK_FULL, absl::StatusCode::kResourceExhausted, "ERROR_DISK_FULL"),
    Win32(ERROR_TIMEOUT, absl::StatusCode::kDeadlineExceeded, "ERROR_TIMEOUT"),
    Win32(WAIT_TIMEOUT, absl::StatusCode::kDeadlineExceeded, "WAIT_TIMEOUT"),
    Win32(ERROR_SERVICE_REQUEST_TIMEOUT, absl::StatusCode::kDeadlineExceeded,
          "ERROR_SERVICE_REQUEST_TIMEOUT"),
    Win32(ERROR_CANCELLED, absl::StatusCode::kCancelled, "ERROR_CANCELLED"),
    Win32(ERROR_OPERATION_ABORTED, absl::StatusCode::kCancelled, "ERROR_OPERATION_ABORTED"),
    Win32(ERROR_BUSY, absl::StatusCode::kUnavailable, "ERROR_BUSY"),
    Win32(ERROR_RETRY, absl::StatusCode::kUnavailable, "ERROR_RETRY"),
    Win32(ERROR_SHUTDOWN_IN_PROGRESS, absl::StatusCode::kUnavailable, "ERROR_SHUTDOWN_IN_PROGRESS"),
    Win32(ERROR_NOT_SUPPORTED, absl::StatusCode::kUnimplemented, "ERROR_NOT_SUPPORTED"),
    Win32(ERROR_CIRCULAR_DEPENDENCY, absl::StatusCode::kInternal, "ERROR_CIRCULAR_DEPENDENCY"),
    Win32(ERROR_PROCESS_ABORTED, absl::StatusCode::kInternal, "ERROR_PROCESS_ABORTED"),
    Win32(ERROR_INVALID_STATE, absl::StatusCode::kInternal, "ERROR_INVALID_STATE"),
    Win32(ERROR_INVALID_DATA, absl::StatusCode::kInternal, "ERROR_INVALID_DATA"),
    Win32(ERROR_NO_UNICODE_TRANSLATION, absl::StatusCode::kInternal,
          "ERROR_NO_UNICODE_TRANSLATION"),
};

const Row* Find(int32_t hresult) {
  for (const Row& row : kTable) {
    if (row.hresult == hresult) return &row;
  }
  return nullptr;
}

}  // namespace

const int32_t kHrOk = S_OK;
const int32_t kHrUnexpected = E_UNEXPECTED;
const int32_t kHrInvalidArgument = E_INVALIDARG;
const int32_t kHrTimeout = HRESULT_FROM_WIN32(ERROR_TIMEOUT);
const int32_t kHrCancelled = HRESULT_FROM_WIN32(ERROR_CANCELLED);
const int32_t kHrProcessAborted = HRESULT_FROM_WIN32(ERROR_PROCESS_ABORTED);
const int32_t kHrShuttingDown = HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS);
const int32_t kHrBusy = HRESULT_FROM_WIN32(ERROR_BUSY);
const int32_t kHrNotFound = HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
const int32_t kHrDataLost = HRESULT_FROM_WIN32(ERROR_INVALID_DATA);
const int32_t kHrDiskFull = HRESULT_FROM_WIN32(ERROR_DISK_FULL);
const int32_t kHrWriteFault = HRESULT_FROM_WIN32(ERROR_WRITE_FAULT);

absl::StatusCode HresultToCode(int32_t hresult) {
  const Row* row = Find(hresult);
  return row == nullptr ? absl::StatusCode::kInternal : row->code;
}

std::string HresultHex(int32_t hresult) {
  return absl::StrFormat("0x%08x", static_cast<uint32_t>(hresult));
}

std::string HresultText(int32_t hresult) {
  const Row* row = Find(hresult);
  if (hresult == S_OK) return absl::StrCat(HresultHex(hresult), " (S_OK)");
  return row == nullptr ? HresultHex(hresult)
                        : absl::StrCat(HresultHex(hresult), " (", row->name, ")");
}

}  // namespace rsca
