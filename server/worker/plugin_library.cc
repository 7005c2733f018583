#include "server/worker/plugin_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "server/worker/plain_text.h"
#include "server/worker/plugin_call.h"

namespace rsca::worker {
namespace {

std::string DlError() {
  const char* error = dlerror();
  return error == nullptr ? "no reason given" : error;
}

// Why dlopen will fail, where the file itself says so better than dlerror does.
std::string FileProblem(const std::string& path) {
  if (!absl::StrContains(path, '/') || access(path.c_str(), R_OK) == 0) return "";
  const int error = errno;
  return absl::StrCat("cannot read `", path, "`: ", std::strerror(error),
                      "; check `library` in the configuration, and that the server's user may "
                      "read the file and its folders");
}

PFN_GET_PROTOCOL_MANAGER FindEntryPoint(const v1::ProtocolManager& config, std::string* problem) {
  *problem = FileProblem(config.library());
  if (!problem->empty()) return nullptr;
  void* library = dlopen(config.library().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    *problem = absl::StrCat("cannot load `", config.library(), "`: ", DlError(),
                            "; it must be a shared library for this machine with all its "
                            "dependencies (`ldd` lists them)");
    return nullptr;
  }
  void* symbol = dlsym(library, config.entry_point().c_str());
  if (symbol == nullptr) {
    *problem = absl::StrCat(
        "`", config.library(), "` exports no `", config.entry_point(), "`: ", DlError(),
        "; declare it `extern \"C\"` with default visibility, or set `entry_point`");
  }
  return reinterpret_cast<PFN_GET_PROTOCOL_MANAGER>(symbol);
}

}  // namespace

WpfPtr<IProtocolManager> LoadPluginLibrary(const v1::ProtocolManager& config,
                                           IWorkerProcessFramework* framework,
                                           v1::LoadFailure* failure) {
  failure->set_protocol_manager(config.name());
  std::string problem;
  const PFN_GET_PROTOCOL_MANAGER entry_point = FindEntryPoint(config, &problem);
  if (entry_point == nullptr) {
    failure->set_message(PlainText(problem));
    return nullptr;
  }
  WpfPtr<IProtocolManager> manager;
  const CallResult result = CallPlugin([&] { return entry_point(framework, manager.Put()); });
  if (SUCCEEDED(result.hresult) && manager) return manager;
  const std::string call =
      absl::StrCat("`", config.entry_point(), "` of `", config.library(), "` ");
  failure->set_hresult(SUCCEEDED(result.hresult) ? 0 : result.hresult);
  if (!result.exception.empty()) {
    failure->set_message(absl::StrCat(call, "threw an exception: ", PlainText(result.exception)));
  } else if (FAILED(result.hresult)) {
    failure->set_message(absl::StrCat(call, "failed with ", HresultText(result.hresult)));
    // What a failed call left in the pointer is not ours to release.
    manager.Detach();
  } else {
    failure->set_message(absl::StrCat(call, "succeeded but set no protocol manager"));
  }
  return nullptr;
}

}  // namespace rsca::worker
