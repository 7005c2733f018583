// The two types of Windows' automation that the worker process framework hands out, BSTR and
// SAFEARRAY, as far as protocol managers meet them: with Windows' layouts and function names, for
// strings and one-dimensional arrays of strings. Standard C++ only; memory is malloc's, so that
// what the worker allocates a plug-in frees.
//
// A BSTR points to the first character; the four bytes before it hold its size in bytes, without
// the final zero. Null is an empty BSTR. Characters are WCHARs, which have 32 bits on Linux.
#ifndef RSCA_WPF_AUTOMATION_H_
#define RSCA_WPF_AUTOMATION_H_

#include <rsca/wpf_types.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

using OLECHAR = WCHAR;
using VARTYPE = std::uint16_t;
using USHORT = std::uint16_t;

constexpr VARTYPE VT_BSTR = 8;

constexpr HRESULT DISP_E_BADINDEX = static_cast<HRESULT>(0x8002000Bu);
constexpr HRESULT DISP_E_ARRAYISLOCKED = static_cast<HRESULT>(0x8002000Du);

// --- BSTR ----------------------------------------------------------------------------------------

// What lies before the characters: the size in its last four bytes, and padding that keeps the
// characters aligned.
constexpr std::size_t RSCA_BSTR_HEADER_BYTES = 8;

// Size in bytes, without the final zero.
inline UINT SysStringByteLen(IN const OLECHAR* bstr) {
  std::uint32_t bytes = 0;
  if (bstr != nullptr) {
    std::memcpy(&bytes, reinterpret_cast<const char*>(bstr) - sizeof(bytes), sizeof(bytes));
  }
  return bytes;
}

// Size in characters, without the final zero.
inline UINT SysStringLen(IN const OLECHAR* bstr) {
  return SysStringByteLen(bstr) / static_cast<UINT>(sizeof(OLECHAR));
}

// A string of `cch` characters, which may be zeros; null `pch`: all zeros. Null without memory.
inline BSTR SysAllocStringLen(IN const OLECHAR* pch, IN UINT cch) {
  const std::size_t bytes = std::size_t{cch} * sizeof(OLECHAR);
  if (bytes > 0x7FFFFFFFu) return nullptr;
  char* const block =
      static_cast<char*>(std::calloc(1, RSCA_BSTR_HEADER_BYTES + bytes + sizeof(OLECHAR)));
  if (block == nullptr) return nullptr;
  const std::uint32_t size = static_cast<std::uint32_t>(bytes);
  std::memcpy(block + RSCA_BSTR_HEADER_BYTES - sizeof(size), &size, sizeof(size));
  if (pch != nullptr) std::memcpy(block + RSCA_BSTR_HEADER_BYTES, pch, bytes);
  return reinterpret_cast<BSTR>(block + RSCA_BSTR_HEADER_BYTES);
}

// A copy of text that ends with a zero. Null for null, and without memory.
inline BSTR SysAllocString(IN const OLECHAR* psz) {
  if (psz == nullptr) return nullptr;
  std::size_t length = 0;
  while (psz[length] != 0) ++length;
  return length > 0x7FFFFFFFu ? nullptr : SysAllocStringLen(psz, static_cast<UINT>(length));
}

// Null is fine.
inline void SysFreeString(IN BSTR bstr) {
  if (bstr != nullptr) std::free(reinterpret_cast<char*>(bstr) - RSCA_BSTR_HEADER_BYTES);
}

// --- SAFEARRAY -----------------------------------------------------------------------------------

// One dimension: how many elements, and the index of the first.
struct tagSAFEARRAYBOUND {
  ULONG cElements;
  LONG lLbound;
};
using SAFEARRAYBOUND = tagSAFEARRAYBOUND;

struct tagSAFEARRAY {
  USHORT cDims;
  USHORT fFeatures;
  ULONG cbElements;
  ULONG cLocks;
  PVOID pvData;
  SAFEARRAYBOUND rgsabound[1];
};

constexpr USHORT FADF_BSTR = 0x0100;

inline UINT SafeArrayGetDim(IN SAFEARRAY* psa) { return psa == nullptr ? 0 : psa->cDims; }

inline UINT SafeArrayGetElemsize(IN SAFEARRAY* psa) { return psa == nullptr ? 0 : psa->cbElements; }

inline HRESULT SafeArrayGetVartype(IN SAFEARRAY* psa, OUT VARTYPE* pvt) {
  if (psa == nullptr || pvt == nullptr) return E_INVALIDARG;
  *pvt = VT_BSTR;
  return S_OK;
}

// Dimensions count from 1.
inline HRESULT SafeArrayGetLBound(IN SAFEARRAY* psa, IN UINT nDim, OUT LONG* plLbound) {
  if (psa == nullptr || plLbound == nullptr) return E_INVALIDARG;
  if (nDim != 1) return DISP_E_BADINDEX;
  *plLbound = psa->rgsabound[0].lLbound;
  return S_OK;
}

// Index of the last element: one below the lower bound when there is none.
inline HRESULT SafeArrayGetUBound(IN SAFEARRAY* psa, IN UINT nDim, OUT LONG* plUbound) {
  if (psa == nullptr || plUbound == nullptr) return E_INVALIDARG;
  if (nDim != 1) return DISP_E_BADINDEX;
  *plUbound = psa->rgsabound[0].lLbound + static_cast<LONG>(psa->rgsabound[0].cElements) - 1;
  return S_OK;
}

// VT_BSTR only; elements are null. Null for other types, and without memory.
inline SAFEARRAY* SafeArrayCreateVector(IN VARTYPE vt, IN LONG lLbound, IN ULONG cElements) {
  if (vt != VT_BSTR || cElements > 0x7FFFFFFFu / sizeof(BSTR)) return nullptr;
  SAFEARRAY* const psa = static_cast<SAFEARRAY*>(std::calloc(1, sizeof(SAFEARRAY)));
  if (psa == nullptr) return nullptr;
  // One byte at least: calloc may answer null for none.
  psa->pvData = std::calloc(std::size_t{cElements} + 1, sizeof(BSTR));
  if (psa->pvData == nullptr) {
    std::free(psa);
    return nullptr;
  }
  psa->cDims = 1;
  psa->fFeatures = FADF_BSTR;
  psa->cbElements = static_cast<ULONG>(sizeof(BSTR));
  psa->rgsabound[0].cElements = cElements;
  psa->rgsabound[0].lLbound = lLbound;
  return psa;
}

// Frees the array and its strings. Null is fine.
inline HRESULT SafeArrayDestroy(IN SAFEARRAY* psa) {
  if (psa == nullptr) return S_OK;
  if (psa->cLocks != 0) return DISP_E_ARRAYISLOCKED;
  BSTR* const strings = static_cast<BSTR*>(psa->pvData);
  for (ULONG i = 0; i < psa->rgsabound[0].cElements; ++i) SysFreeString(strings[i]);
  std::free(psa->pvData);
  std::free(psa);
  return S_OK;
}

// The elements themselves, the one at the lower bound first, until SafeArrayUnaccessData.
inline HRESULT SafeArrayAccessData(IN SAFEARRAY* psa, OUT PVOID* ppvData) {
  if (psa == nullptr || ppvData == nullptr) return E_INVALIDARG;
  ++psa->cLocks;
  *ppvData = psa->pvData;
  return S_OK;
}

inline HRESULT SafeArrayUnaccessData(IN SAFEARRAY* psa) {
  if (psa == nullptr) return E_INVALIDARG;
  if (psa->cLocks == 0) return E_UNEXPECTED;
  --psa->cLocks;
  return S_OK;
}

// Where an element is; null outside of the bounds.
inline BSTR* RscaSafeArrayElement(IN SAFEARRAY* psa, IN LONG index) {
  const LONGLONG offset = LONGLONG{index} - psa->rgsabound[0].lLbound;
  if (offset < 0 || offset >= LONGLONG{psa->rgsabound[0].cElements}) return nullptr;
  return static_cast<BSTR*>(psa->pvData) + offset;
}

// `pv` points to a BSTR, which gets a copy for the caller to free.
inline HRESULT SafeArrayGetElement(IN SAFEARRAY* psa, IN LONG* rgIndices, OUT void* pv) {
  if (psa == nullptr || rgIndices == nullptr || pv == nullptr) return E_INVALIDARG;
  const BSTR* const element = RscaSafeArrayElement(psa, *rgIndices);
  if (element == nullptr) return DISP_E_BADINDEX;
  BSTR copy = nullptr;
  if (*element != nullptr) {
    copy = SysAllocStringLen(*element, SysStringLen(*element));
    if (copy == nullptr) return E_OUTOFMEMORY;
  }
  *static_cast<BSTR*>(pv) = copy;
  return S_OK;
}

// `pv` is a BSTR, of which the array keeps a copy.
inline HRESULT SafeArrayPutElement(IN SAFEARRAY* psa, IN LONG* rgIndices, IN const void* pv) {
  if (psa == nullptr || rgIndices == nullptr) return E_INVALIDARG;
  BSTR* const element = RscaSafeArrayElement(psa, *rgIndices);
  if (element == nullptr) return DISP_E_BADINDEX;
  BSTR copy = nullptr;
  if (pv != nullptr) {
    const OLECHAR* const string = static_cast<const OLECHAR*>(pv);
    copy = SysAllocStringLen(string, SysStringLen(string));
    if (copy == nullptr) return E_OUTOFMEMORY;
  }
  SysFreeString(*element);
  *element = copy;
  return S_OK;
}

#endif  // RSCA_WPF_AUTOMATION_H_
