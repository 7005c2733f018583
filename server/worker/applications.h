// The pool's applications, and the two interfaces that tell plug-ins about them.
#ifndef RSCA_SERVER_WORKER_APPLICATIONS_H_
#define RSCA_SERVER_WORKER_APPLICATIONS_H_

#include <rsca/wpf_ptr.h>
#include <rsca/wpframework.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

struct Application {
  v1::Application info;
  std::wstring virtual_path;
  std::wstring config_path;
};

// Immutable.
class Applications {
 public:
  explicit Applications(const v1::Bootstrap& bootstrap);

  const std::vector<Application>& all() const { return all_; }
  // Null where there is none; else it lives as long as this.
  const Application* FindById(std::string_view id) const;
  const Application* FindByConfigPath(std::string_view path) const;

 private:
  std::vector<Application> all_;
};

// Takes what plug-ins report about applications that they could not preload. Thread-safe.
class PreloadFailureSink {
 public:
  virtual ~PreloadFailureSink() = default;
  virtual HRESULT ReportPreloadFailure(const Application& application,
                                       const v1::WorkerFailure& failure) = 0;
};

WpfPtr<IWpfApplicationInfoUtil> MakeApplicationInfoUtil(
    std::shared_ptr<const Applications> applications);

// For one protocol manager, whose failures bear its name.
WpfPtr<IWpfApplicationPreloadUtil> MakeApplicationPreloadUtil(
    std::shared_ptr<const Applications> applications, std::shared_ptr<PreloadFailureSink> sink,
    std::string manager);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_APPLICATIONS_H_
