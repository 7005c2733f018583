// BSTR and SAFEARRAY, as plug-ins for Windows use them.
#include <gtest/gtest.h>
#include <rsca/wpf_automation.h>

#include <cwchar>

namespace {

TEST(WpfAutomation, ABstrKnowsItsLengthAndEndsWithAZero) {
  BSTR const bstr = SysAllocString(L"text");
  EXPECT_EQ(SysStringLen(bstr), 4U);
  EXPECT_EQ(SysStringByteLen(bstr), 4 * sizeof(WCHAR));
  EXPECT_EQ(std::wcscmp(bstr, L"text"), 0);
  SysFreeString(bstr);
}

TEST(WpfAutomation, ABstrMayHoldZerosAndNothing) {
  BSTR const zeros = SysAllocStringLen(L"a\0b", 3);
  EXPECT_EQ(SysStringLen(zeros), 3U);
  EXPECT_EQ(zeros[2], L'b');
  EXPECT_EQ(zeros[3], L'\0');
  SysFreeString(zeros);
  BSTR const blank = SysAllocStringLen(nullptr, 2);
  EXPECT_EQ(SysStringLen(blank), 2U);
  EXPECT_EQ(blank[0], L'\0');
  SysFreeString(blank);
  BSTR const empty = SysAllocString(L"");
  EXPECT_EQ(SysStringLen(empty), 0U);
  EXPECT_EQ(empty[0], L'\0');
  SysFreeString(empty);
}

TEST(WpfAutomation, NullIsAnEmptyBstr) {
  EXPECT_EQ(SysAllocString(nullptr), nullptr);
  EXPECT_EQ(SysStringLen(nullptr), 0U);
  SysFreeString(nullptr);
  EXPECT_EQ(SysAllocStringLen(nullptr, 0xFFFFFFFFU), nullptr);
}

class WpfSafeArray : public testing::Test {
 protected:
  ~WpfSafeArray() override { EXPECT_EQ(SafeArrayDestroy(psa_), S_OK); }

  SAFEARRAY* const psa_ = SafeArrayCreateVector(VT_BSTR, 5, 2);
};

TEST_F(WpfSafeArray, HasBoundsTypeAndSize) {
  LONG bound = 0;
  VARTYPE type = 0;
  EXPECT_EQ(SafeArrayGetDim(psa_), 1U);
  EXPECT_EQ(SafeArrayGetElemsize(psa_), sizeof(BSTR));
  EXPECT_EQ(SafeArrayGetVartype(psa_, &type), S_OK);
  EXPECT_EQ(type, VT_BSTR);
  EXPECT_EQ(SafeArrayGetLBound(psa_, 1, &bound), S_OK);
  EXPECT_EQ(bound, 5);
  EXPECT_EQ(SafeArrayGetUBound(psa_, 1, &bound), S_OK);
  EXPECT_EQ(bound, 6);
  EXPECT_EQ(SafeArrayGetUBound(psa_, 2, &bound), DISP_E_BADINDEX);
  EXPECT_EQ(SafeArrayGetLBound(nullptr, 1, &bound), E_INVALIDARG);
}

TEST_F(WpfSafeArray, CopiesItsElementsInAndOut) {
  BSTR const text = SysAllocString(L"one");
  LONG index = 5;
  EXPECT_EQ(SafeArrayPutElement(psa_, &index, text), S_OK);
  EXPECT_EQ(SafeArrayPutElement(psa_, &index, text), S_OK);  // the old one is freed
  SysFreeString(text);
  BSTR copy = nullptr;
  EXPECT_EQ(SafeArrayGetElement(psa_, &index, &copy), S_OK);
  EXPECT_EQ(std::wcscmp(copy, L"one"), 0);
  SysFreeString(copy);
  index = 6;
  EXPECT_EQ(SafeArrayGetElement(psa_, &index, &copy), S_OK);
  EXPECT_EQ(copy, nullptr);
  for (const LONG outside : {4, 7}) {
    index = outside;
    EXPECT_EQ(SafeArrayGetElement(psa_, &index, &copy), DISP_E_BADINDEX);
    EXPECT_EQ(SafeArrayPutElement(psa_, &index, nullptr), DISP_E_BADINDEX);
  }
}

TEST_F(WpfSafeArray, IsNotDestroyedWhileItsDataIsInUse) {
  PVOID data = nullptr;
  EXPECT_EQ(SafeArrayAccessData(psa_, &data), S_OK);
  EXPECT_EQ(static_cast<BSTR*>(data)[1], nullptr);
  EXPECT_EQ(SafeArrayDestroy(psa_), DISP_E_ARRAYISLOCKED);
  EXPECT_EQ(SafeArrayUnaccessData(psa_), S_OK);
  EXPECT_EQ(SafeArrayUnaccessData(psa_), E_UNEXPECTED);
}

TEST(WpfAutomation, OnlyArraysOfStringsExist) {
  EXPECT_EQ(SafeArrayCreateVector(3, 0, 1), nullptr);
  EXPECT_EQ(SafeArrayDestroy(nullptr), S_OK);
  SAFEARRAY* const none = SafeArrayCreateVector(VT_BSTR, 0, 0);
  LONG bound = 0;
  EXPECT_EQ(SafeArrayGetUBound(none, 1, &bound), S_OK);
  EXPECT_EQ(bound, -1);
  EXPECT_EQ(SafeArrayDestroy(none), S_OK);
}

}  // namespace
