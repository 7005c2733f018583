#include "common/hresult.h"

#include <gtest/gtest.h>
#include <rsca/wpf_types.h>

namespace rsca {
namespace {

using absl::StatusCode;

TEST(Hresult, MapsToTheCodesOfTheContract) {
  const struct {
    HRESULT hresult;
    StatusCode code;
  } kTable[] = {
      {E_INVALIDARG, StatusCode::kInvalidArgument},
      {E_ACCESSDENIED, StatusCode::kPermissionDenied},
      {HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), StatusCode::kNotFound},
      {HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND), StatusCode::kNotFound},
      {HRESULT_FROM_WIN32(ERROR_NOT_FOUND), StatusCode::kNotFound},
      {HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS), StatusCode::kAlreadyExists},
      {HRESULT_FROM_WIN32(ERROR_FILE_EXISTS), StatusCode::kAlreadyExists},
      {E_OUTOFMEMORY, StatusCode::kResourceExhausted},
      {HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_QUOTA), StatusCode::kResourceExhausted},
      {E_NOTIMPL, StatusCode::kUnimplemented},
      {HRESULT_FROM_WIN32(ERROR_TIMEOUT), StatusCode::kDeadlineExceeded},
      {HRESULT_FROM_WIN32(WAIT_TIMEOUT), StatusCode::kDeadlineExceeded},
      {E_ABORT, StatusCode::kCancelled},
      {HRESULT_FROM_WIN32(ERROR_CANCELLED), StatusCode::kCancelled},
      {HRESULT_FROM_WIN32(ERROR_BUSY), StatusCode::kUnavailable},
      {HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS), StatusCode::kUnavailable},
      {E_UNEXPECTED, StatusCode::kInternal},
      {E_FAIL, StatusCode::kInternal},
      {HRESULT_FROM_WIN32(ERROR_GEN_FAILURE), StatusCode::kInternal},
      {static_cast<HRESULT>(0x80131500u), StatusCode::kInternal},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(HresultToCode(row.hresult), row.code) << HresultText(row.hresult);
  }
}

TEST(Hresult, IsWrittenWithItsNameWhereItIsKnown) {
  EXPECT_EQ(HresultHex(E_INVALIDARG), "0x80070057");
  EXPECT_EQ(HresultHex(0), "0x00000000");
  EXPECT_EQ(HresultHex(-1), "0xffffffff");
  EXPECT_EQ(HresultText(E_INVALIDARG), "0x80070057 (E_INVALIDARG)");
  EXPECT_EQ(HresultText(HRESULT_FROM_WIN32(ERROR_TIMEOUT)), "0x800705b4 (ERROR_TIMEOUT)");
  EXPECT_EQ(HresultText(S_OK), "0x00000000 (S_OK)");
  EXPECT_EQ(HresultText(0x7fff0001), "0x7fff0001");
}

TEST(Hresult, ThoseTheServerWritesFailButForOne) {
  EXPECT_TRUE(HrSucceeded(kHrOk));
  EXPECT_TRUE(HrSucceeded(S_FALSE));
  for (const int32_t hresult :
       {kHrUnexpected, kHrInvalidArgument, kHrTimeout, kHrCancelled, kHrProcessAborted,
        kHrShuttingDown, kHrBusy, kHrNotFound, kHrDataLost}) {
    EXPECT_FALSE(HrSucceeded(hresult));
    EXPECT_NE(HresultText(hresult), HresultHex(hresult)) << "has no name";
  }
}

}  // namespace
}  // namespace rsca
