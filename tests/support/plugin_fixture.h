// A built protocol manager, loaded and called as rsca-worker does it, for the managers' tests.
//
//   Plugin plugin(RSCA_TEST_PLUGIN);  // path of the .so, from CMake
//   auto results = MakeRecorder();
//   ASSERT_EQ(plugin.Register(1, L"file.tail", R"({"path": "/tmp/x"})", results), S_OK);
//   EXPECT_TRUE(results->WaitFor([](const Results& all) { return all.size() == 3; }));
//   EXPECT_EQ(plugin.Unregister(1), S_OK);
#ifndef RSCA_TESTS_SUPPORT_PLUGIN_FIXTURE_H_
#define RSCA_TESTS_SUPPORT_PLUGIN_FIXTURE_H_

#include <dlfcn.h>
#include <rsca/wpf_extensions.h>
#include <rsca/wpf_ptr.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/utf.h"

namespace rsca {

struct RecordedResult {
  HRESULT status;
  bool final;
  std::string response;
};

using Results = std::vector<RecordedResult>;

// How long a test waits for what must happen; a bound for failures, not a time that is expected.
inline constexpr absl::Duration kTestPatience = absl::Seconds(60);

// Keeps what it is given. Thread-safe; lives by its reference count, as plug-ins expect.
class Recorder final : public ICustomAction2ResultCallback, public ICustomActionResultCallback {
 public:
  ULONG AddRef() override { return ++references_; }
  ULONG Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }

  // For registrations. Fails after a final result and once Refuse was called; waits while held.
  HRESULT ReportResult(HRESULT status, BOOL final, PBYTE response, DWORD size) override {
    MutexLock lock(&mutex_);
    ++waiting_;
    changed_.NotifyAll();
    while (held_ && !refusing_) changed_.Wait(&mutex_);
    --waiting_;
    if (refusing_) return E_ABORT;
    if (ended_) {
      ++late_;
      return E_UNEXPECTED;
    }
    results_.push_back(
        {status, final != FALSE, std::string(reinterpret_cast<const char*>(response), size)});
    ended_ = final != FALSE;
    changed_.NotifyAll();
    return S_OK;
  }

  // For runs.
  HRESULT ReportResult(HRESULT status, PBYTE response, DWORD size) override {
    return ReportResult(status, TRUE, response, size);
  }

  // Whether `condition` held of all results so far before patience ran out.
  bool WaitFor(const std::function<bool(const Results&)>& condition) {
    const absl::Time deadline = absl::Now() + kTestPatience;
    MutexLock lock(&mutex_);
    while (!condition(results_)) {
      if (absl::Now() >= deadline) return false;
      changed_.WaitFor(&mutex_, deadline - absl::Now());
    }
    return true;
  }

  bool WaitForFinal() {
    return WaitFor([](const Results& all) { return !all.empty() && all.back().final; });
  }

  // Whether the plug-in came to wait in ReportResult, with Hold.
  bool WaitForBlocked() {
    const absl::Time deadline = absl::Now() + kTestPatience;
    MutexLock lock(&mutex_);
    while (waiting_ == 0) {
      if (absl::Now() >= deadline) return false;
      changed_.WaitFor(&mutex_, deadline - absl::Now());
    }
    return true;
  }

  // A reader that does not read, until Resume.
  void Hold() {
    MutexLock lock(&mutex_);
    held_ = true;
  }
  void Resume() {
    MutexLock lock(&mutex_);
    held_ = false;
    changed_.NotifyAll();
  }

  // Nobody wants results any more: ReportResult fails from here on.
  void Refuse() {
    MutexLock lock(&mutex_);
    refusing_ = true;
    changed_.NotifyAll();
  }

  Results results() {
    MutexLock lock(&mutex_);
    return results_;
  }

  // Reports after the final one; a plug-in makes none.
  int late() {
    MutexLock lock(&mutex_);
    return late_;
  }

  // References beside the test's own; 0 once the plug-in has let go.
  ULONG references() const { return references_ - 1; }

  // Whether the plug-in let go before patience ran out.
  bool WaitForRelease() const {
    const absl::Time deadline = absl::Now() + kTestPatience;
    while (references() != 0) {
      if (absl::Now() >= deadline) return false;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return true;
  }

 private:
  ~Recorder() = default;

  std::atomic<ULONG> references_{1};
  Mutex mutex_;
  CondVar changed_;
  Results results_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  bool refusing_ ABSL_GUARDED_BY(mutex_) = false;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  int late_ ABSL_GUARDED_BY(mutex_) = 0;
};

using RecorderPtr = WpfPtr<Recorder>;

inline RecorderPtr MakeRecorder() { return RecorderPtr::Adopt(new Recorder); }

// As little of the framework as a plug-in can be given.
class BareFramework final : public IWorkerProcessFramework {
 public:
  ULONG AddRef() override { return 2; }
  ULONG Release() override { return 1; }
  HRESULT GetWpfInterface(WPF_INTERFACE_ID_ENUM /*id*/, PVOID* result) override {
    *result = nullptr;
    return E_NOINTERFACE;
  }
  HRESULT GetCustomInterface(DWORD /*id*/, PVOID* result) override {
    *result = nullptr;
    return E_NOINTERFACE;
  }
  HRESULT GetInterfaceVersion(PDWORD major, PDWORD minor) override {
    *major = 1;
    *minor = 0;
    return S_OK;
  }
};

// Loads in the constructor, which throws std::runtime_error; shuts down and unloads in the
// destructor.
class Plugin {
 public:
  explicit Plugin(const std::string& path) : library_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) throw std::runtime_error(dlerror());
    const auto entry =
        reinterpret_cast<PFN_GET_PROTOCOL_MANAGER>(dlsym(library_, "GetProtocolManager"));
    if (entry == nullptr) throw std::runtime_error(dlerror());
    if (FAILED(entry(&framework_, manager_.Put())) || !manager_) {
      throw std::runtime_error("GetProtocolManager failed");
    }
    manager_->GetPmInterface(PM_CUSTOM_ACTIONS_ID, actions_.PutVoid());
    manager_->GetPmInterface(PM_CUSTOM_ACTIONS_2_ID, actions2_.PutVoid());
    manager_->GetCustomInterface(RSCA_CATALOGUE_ID, catalogue_.PutVoid());
    manager_->GetCustomInterface(RSCA_REGISTRATIONS_ID, registrations_.PutVoid());
    if (!actions2_ || !catalogue_ || !registrations_) {
      throw std::runtime_error("an interface is missing");
    }
  }

  ~Plugin() {
    manager_->Shutdown(TRUE);
    registrations_ = nullptr;
    catalogue_ = nullptr;
    actions2_ = nullptr;
    actions_ = nullptr;
    manager_ = nullptr;
    dlclose(library_);
  }

  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  // `arguments`: UTF-8.
  HRESULT Register(ULONGLONG id, PCWSTR function, const std::string& arguments,
                   const RecorderPtr& recorder) {
    return registrations_->RegisterCustomActionCallback(
        id, function, Utf8ToWide(arguments).value().c_str(), recorder.Get());
  }
  HRESULT Unregister(ULONGLONG id) { return registrations_->UnregisterCustomActionCallback(id); }

  // What a function that answers once reported; the call's own failure stands for a missing one.
  RecordedResult Run(PCWSTR function, const std::string& arguments) {
    const RecorderPtr recorder = MakeRecorder();
    const HRESULT hresult =
        actions_->RunCustomAction(function, Utf8ToWide(arguments).value().c_str(), recorder.Get());
    const Results results = recorder->results();
    if (FAILED(hresult) || results.size() != 1) return {hresult, false, ""};
    return results.front();
  }

  std::vector<RSCA_FUNCTION> Functions() {
    DWORD count = 0;
    catalogue_->GetFunctionCount(&count);
    std::vector<RSCA_FUNCTION> functions(count);
    for (DWORD i = 0; i < count; ++i) catalogue_->GetFunction(i, &functions[i]);
    return functions;
  }

  IProtocolManager* manager() { return manager_.Get(); }
  // Null where no function answers once.
  IPmCustomActions* actions() { return actions_.Get(); }
  IPmCustomActions2* actions2() { return actions2_.Get(); }
  IRscaCatalogue* catalogue() { return catalogue_.Get(); }
  IRscaRegistrations* registrations() { return registrations_.Get(); }

 private:
  void* const library_;
  BareFramework framework_;
  WpfPtr<IProtocolManager> manager_;
  WpfPtr<IPmCustomActions> actions_;
  WpfPtr<IPmCustomActions2> actions2_;
  WpfPtr<IRscaCatalogue> catalogue_;
  WpfPtr<IRscaRegistrations> registrations_;
};

}  // namespace rsca

#endif  // RSCA_TESTS_SUPPORT_PLUGIN_FIXTURE_H_
