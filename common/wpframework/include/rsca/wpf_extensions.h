// rsca's own interfaces for protocol managers, reached through
// IProtocolManager::GetCustomInterface. Both are optional: a plug-in that knows only
// <rsca/wpframework.h> runs unchanged.
#ifndef RSCA_WPF_EXTENSIONS_H_
#define RSCA_WPF_EXTENSIONS_H_

#include <rsca/wpframework.h>

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#endif

// Ids for IProtocolManager::GetCustomInterface: "RSC" and a number.
constexpr DWORD RSCA_CATALOGUE_ID = 0x52534301u;
constexpr DWORD RSCA_REGISTRATIONS_ID = 0x52534302u;

// How often a function answers, and so which interface carries it out.
enum RSCA_ANSWERS {
  RSCA_ANSWERS_ONCE = 1,  // IPmCustomActions::RunCustomAction
  RSCA_ANSWERS_MANY = 2,  // IPmCustomActions2, or IRscaRegistrations where the plug-in has it
};

// What a function promises; flags.
enum RSCA_SEMANTICS {
  RSCA_READ_ONLY = 1,     // changes nothing on the host
  RSCA_IDEMPOTENT = 2,    // twice has the effect of once
  RSCA_RESTARTABLE = 4,   // may be begun again after the loss of its worker
  RSCA_AT_MOST_ONCE = 8,  // must never be begun twice for one registration
};

// One function. The plug-in owns the text, which stays valid while the catalogue lives.
struct RSCA_FUNCTION {
  PCWSTR pszName;                 // 1 to 256 characters of [A-Za-z0-9_.\-/]
  PCWSTR pszSummary;              // one line
  PCWSTR pszArgumentsSchema;      // JSON Schema, draft 7; null: any text is accepted
  PCWSTR pszResponseContentType;  // media type; null: not said
  DWORD dwAnswers;                // RSCA_ANSWERS
  DWORD dwSemantics;              // RSCA_SEMANTICS, or'ed
};

// RSCA_CATALOGUE_ID: what the plug-in can do. Asked for once, after loading.
class IRscaCatalogue : public IWpfReferencedObject {
 public:
  virtual HRESULT GetFunctionCount(OUT DWORD* pcFunctions) = 0;
  virtual HRESULT GetFunction(IN DWORD iFunction, OUT RSCA_FUNCTION* pFunction) = 0;
};

// RSCA_REGISTRATIONS_ID: registrations by number instead of by name, so that one function can be
// registered any number of times at once. A plug-in that offers it is registered through it alone.
class IRscaRegistrations : public IWpfReferencedObject {
 public:
  // `ullRegistrationId` is unique within the worker process. As IPmCustomActions2 otherwise.
  virtual HRESULT RegisterCustomActionCallback(
      IN ULONGLONG ullRegistrationId, IN PCWSTR pszFunctionName, IN PCWSTR pszArguments,
      IN ICustomAction2ResultCallback* pResultCallback) = 0;
  virtual HRESULT UnregisterCustomActionCallback(IN ULONGLONG ullRegistrationId) = 0;
};

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#endif  // RSCA_WPF_EXTENSIONS_H_
