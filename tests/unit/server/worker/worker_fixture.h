// A worker in the test's own process, with the puppet as its plug-in.
#ifndef RSCA_TESTS_UNIT_SERVER_WORKER_WORKER_FIXTURE_H_
#define RSCA_TESTS_UNIT_SERVER_WORKER_WORKER_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rsca/wpf_ptr.h>

#include <memory>
#include <string>
#include <thread>

#include "server/worker/worker.h"
#include "tests/unit/server/worker/link_server.h"
#include "tests/unit/server/worker/plugins/puppet.h"

namespace rsca::worker {

using Callback = WpfPtr<ICustomAction2ResultCallback>;
using RunCallback = WpfPtr<ICustomActionResultCallback>;

constexpr HRESULT kInvalidState = HRESULT_FROM_WIN32(ERROR_INVALID_STATE);
constexpr HRESULT kCancelled = HRESULT_FROM_WIN32(ERROR_CANCELLED);
constexpr HRESULT kTimedOut = HRESULT_FROM_WIN32(ERROR_TIMEOUT);

// ReportResult with text.
HRESULT Report(const Callback& callback, std::string response, bool final = false,
               HRESULT status = S_OK);

// Responses of reports; an end reads `<dropped>` and so on.
std::vector<std::string> Texts(const std::vector<SentReport>& reports);

// Something that one thread tells another once.
class Flag {
 public:
  void Set();
  bool is_set();
  // False when it was not set within a minute.
  bool Wait();

 private:
  Mutex mutex_;
  CondVar changed_;
  bool set_ ABSL_GUARDED_BY(mutex_) = false;
};

class WorkerFixture : public testing::Test {
 protected:
  WorkerFixture();
  ~WorkerFixture() override;

  // A plain puppet with the functions `many` and `also` and, answering once, `once`.
  void AddPuppet(const std::string& entry_point = "GetProtocolManager");
  void AddPlugin(const std::string& name, const std::string& library,
                 const std::string& entry_point = "GetProtocolManager");

  // Waits until the worker is ready.
  v1::Ready StartWorker();
  // Its exit status, after a Shutdown.
  int StopWorker();
  // Waits for its end, whatever it is.
  int JoinWorker();

  // The puppet keeps the callback of its latest registration and accepts everything.
  void KeepCallbacks();
  Callback WaitCallback();

  LinkServer server_;
  v1::Bootstrap bootstrap_ = server_.MakeBootstrap();
  PuppetStrings* strings_;
  std::unique_ptr<Worker> worker_;
  Flag lost_;

 private:
  std::thread thread_;
  int status_ = -1;
  Mutex mutex_;
  CondVar changed_;
  Callback kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::worker

#endif  // RSCA_TESTS_UNIT_SERVER_WORKER_WORKER_FIXTURE_H_
