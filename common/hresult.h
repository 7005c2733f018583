// What an HRESULT means to the parts that speak gRPC: one table, here.
#ifndef RSCA_COMMON_HRESULT_H_
#define RSCA_COMMON_HRESULT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace rsca {

// The HRESULTs that the server itself writes into results and errors.
extern const int32_t kHrOk;
extern const int32_t kHrUnexpected;       // a plug-in dropped its callback
extern const int32_t kHrInvalidArgument;  // arguments that the schema refuses
extern const int32_t kHrTimeout;          // a plug-in did not answer in time
extern const int32_t kHrCancelled;        // nobody was left to read
extern const int32_t kHrProcessAborted;   // a worker died
extern const int32_t kHrShuttingDown;     // worker or server is going down
extern const int32_t kHrBusy;             // no thread free for a plug-in call
extern const int32_t kHrNotFound;         // no such function in the worker
extern const int32_t kHrDataLost;         // a result could not be kept
extern const int32_t kHrDiskFull;         // the journal has no room
extern const int32_t kHrWriteFault;       // the journal cannot write

inline bool HrSucceeded(int32_t hresult) { return hresult >= 0; }

// The gRPC code for a failing HRESULT, by the table in protos/rsca/v1/custom_actions.proto.
absl::StatusCode HresultToCode(int32_t hresult);

// `0x80070057`.
std::string HresultHex(int32_t hresult);

// `0x80070057 (E_INVALIDARG)` where the name is known, else the number alone.
std::string HresultText(int32_t hresult);

}  // namespace rsca

#endif  // RSCA_COMMON_HRESULT_H_
