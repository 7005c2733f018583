// Values that plug-ins, servers and clients on other systems share with Windows.
#include <gtest/gtest.h>
#include <rsca/wpf_types.h>

namespace {

constexpr HRESULT Bits(uint32_t bits) { return static_cast<HRESULT>(bits); }

TEST(WpfResultCodes, HaveWindowsValues) {
  static_assert(S_OK == 0 && S_FALSE == 1);
  static_assert(E_NOTIMPL == Bits(0x80004001) && E_NOINTERFACE == Bits(0x80004002) &&
                E_POINTER == Bits(0x80004003) && E_ABORT == Bits(0x80004004) &&
                E_FAIL == Bits(0x80004005) && E_PENDING == Bits(0x8000000A) &&
                E_BOUNDS == Bits(0x8000000B) && E_UNEXPECTED == Bits(0x8000FFFF) &&
                E_ACCESSDENIED == Bits(0x80070005) && E_HANDLE == Bits(0x80070006) &&
                E_OUTOFMEMORY == Bits(0x8007000E) && E_INVALIDARG == Bits(0x80070057));
  static_assert(
      ERROR_SUCCESS == 0 && ERROR_INVALID_FUNCTION == 1 && ERROR_FILE_NOT_FOUND == 2 &&
      ERROR_PATH_NOT_FOUND == 3 && ERROR_TOO_MANY_OPEN_FILES == 4 && ERROR_ACCESS_DENIED == 5 &&
      ERROR_INVALID_HANDLE == 6 && ERROR_NOT_ENOUGH_MEMORY == 8 && ERROR_INVALID_DATA == 13 &&
      ERROR_OUTOFMEMORY == 14 && ERROR_WRITE_FAULT == 29 && ERROR_READ_FAULT == 30 &&
      ERROR_GEN_FAILURE == 31 && ERROR_HANDLE_EOF == 38 && ERROR_NOT_SUPPORTED == 50 &&
      ERROR_FILE_EXISTS == 80 && ERROR_INVALID_PARAMETER == 87 && ERROR_BROKEN_PIPE == 109 &&
      ERROR_BUFFER_OVERFLOW == 111 && ERROR_DISK_FULL == 112 && ERROR_INSUFFICIENT_BUFFER == 122 &&
      ERROR_MOD_NOT_FOUND == 126 && ERROR_PROC_NOT_FOUND == 127 && ERROR_BUSY == 170 &&
      ERROR_ALREADY_EXISTS == 183 && ERROR_BAD_EXE_FORMAT == 193 && ERROR_MORE_DATA == 234 &&
      WAIT_TIMEOUT == 258 && ERROR_NO_MORE_ITEMS == 259 && ERROR_DIRECTORY == 267 &&
      ERROR_OPERATION_ABORTED == 995 && ERROR_SERVICE_REQUEST_TIMEOUT == 1053 &&
      ERROR_CIRCULAR_DEPENDENCY == 1059 && ERROR_SERVICE_NOT_ACTIVE == 1062 &&
      ERROR_PROCESS_ABORTED == 1067 && ERROR_NO_UNICODE_TRANSLATION == 1113 &&
      ERROR_SHUTDOWN_IN_PROGRESS == 1115 && ERROR_NOT_FOUND == 1168 && ERROR_CANCELLED == 1223 &&
      ERROR_RETRY == 1237 && ERROR_TIMEOUT == 1460 && ERROR_NOT_ENOUGH_QUOTA == 1816 &&
      ERROR_INVALID_STATE == 5023);
}

TEST(WpfResultCodes, SuccessIsWhatIsNotNegative) {
  static_assert(SUCCEEDED(S_OK) && SUCCEEDED(S_FALSE) && SUCCEEDED(0x7FFFFFFF));
  static_assert(FAILED(E_FAIL) && FAILED(-1) && !FAILED(S_OK) && !SUCCEEDED(E_FAIL));
  // A value that came as 32 unsigned bits is judged by its bits.
  static_assert(FAILED(0x80004005u));
}

TEST(WpfResultCodes, HresultFromWin32PacksErrorsAndKeepsHresults) {
  static_assert(HRESULT_FROM_WIN32(ERROR_SUCCESS) == S_OK);
  static_assert(HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED) == E_ACCESSDENIED);
  static_assert(HRESULT_FROM_WIN32(ERROR_OUTOFMEMORY) == E_OUTOFMEMORY);
  static_assert(HRESULT_FROM_WIN32(ERROR_INVALID_PARAMETER) == E_INVALIDARG);
  static_assert(HRESULT_FROM_WIN32(ERROR_TIMEOUT) == Bits(0x800705B4));
  static_assert(HRESULT_FROM_WIN32(0x12345) == Bits(0x80072345));  // sixteen bits of code
  static_assert(HRESULT_FROM_WIN32(static_cast<DWORD>(E_FAIL)) == E_FAIL);
  static_assert(HRESULT_FROM_WIN32(0xFFFFFFFFu) == -1);
}

TEST(WpfResultCodes, PartsOfAnHresultAreWhereWindowsPutsThem) {
  static_assert(HRESULT_CODE(HRESULT_FROM_WIN32(ERROR_TIMEOUT)) == ERROR_TIMEOUT);
  static_assert(HRESULT_FACILITY(HRESULT_FROM_WIN32(ERROR_TIMEOUT)) == FACILITY_WIN32);
  static_assert(HRESULT_FACILITY(E_FAIL) == 0);
}

}  // namespace
