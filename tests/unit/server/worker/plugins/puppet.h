// A plug-in that does what the test in the same process tells it to.
#ifndef RSCA_TESTS_UNIT_SERVER_WORKER_PLUGINS_PUPPET_H_
#define RSCA_TESTS_UNIT_SERVER_WORKER_PLUGINS_PUPPET_H_

#include <rsca/wpf_extensions.h>

#include <functional>
#include <string>
#include <vector>

namespace rsca::worker {

// What the plug-in does in each call. The test that set them takes them back before they dangle.
// An empty one fails with E_NOTIMPL; Shutdown's succeeds.
struct PuppetStrings {
  // `id` is 0 where registrations go by name.
  std::function<HRESULT(ULONGLONG id, const std::wstring& name, const std::wstring& arguments,
                        ICustomAction2ResultCallback* callback)>
      on_register;
  std::function<HRESULT(ULONGLONG id, const std::wstring& name)> on_unregister;
  std::function<HRESULT(const std::wstring& name, const std::wstring& arguments,
                        ICustomActionResultCallback* callback)>
      on_run;
  std::function<HRESULT(bool immediate)> on_shutdown;
  // Called before and after each of them: tells race detectors that the test and the plug-in take
  // turns, which they do over a socket that the detectors cannot see through.
  std::function<void()> fence;
  // Called with what the entry point was given.
  std::function<void(IWorkerProcessFramework* framework)> on_load;
  // Its catalogue; it has none while this is empty.
  std::vector<RSCA_FUNCTION> functions;
  // Protocol managers that have not been released.
  int alive = 0;
};

// Exported by the plug-in as `GetPuppetStrings`. The entry points are `GetProtocolManager`
// (registers by name) and `GetNumbered` (by number).
using PFN_GET_PUPPET_STRINGS = PuppetStrings* (*)();

}  // namespace rsca::worker

#endif  // RSCA_TESTS_UNIT_SERVER_WORKER_PLUGINS_PUPPET_H_
