// A call into a plug-in: whatever it throws stays here.
#ifndef RSCA_SERVER_WORKER_PLUGIN_CALL_H_
#define RSCA_SERVER_WORKER_PLUGIN_CALL_H_

#include <rsca/wpframework.h>

#include <exception>
#include <string>

namespace rsca::worker {

struct CallResult {
  HRESULT hresult;
  std::string exception;  // what the plug-in threw, if it did
};

// E_UNEXPECTED for a call that throws.
template <typename Call>
CallResult CallPlugin(const Call& call) {
  try {
    return {call(), {}};
  } catch (const std::exception& exception) {
    return {E_UNEXPECTED, exception.what()};
  } catch (...) {
    return {E_UNEXPECTED, "of unknown type"};
  }
}

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_PLUGIN_CALL_H_
