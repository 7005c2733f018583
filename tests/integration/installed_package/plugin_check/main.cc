// Loads the example plug-in as a worker does and calls everything that it has. Ends with status 0
// when all is as its source says.
#include <dlfcn.h>
#include <rsca/wpf_extensions.h>
#include <rsca/wpf_ptr.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#define CHECK(condition)                                                         \
  do {                                                                           \
    if (!(condition)) {                                                          \
      std::fprintf(stderr, "line %d: %s does not hold\n", __LINE__, #condition); \
      std::exit(1);                                                              \
    }                                                                            \
  } while (false)

namespace {

struct Result {
  HRESULT status;
  bool final;
  std::string response;
};

class Recorder final : public ICustomAction2ResultCallback, public ICustomActionResultCallback {
 public:
  ULONG AddRef() override { return ++references_; }
  ULONG Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  HRESULT ReportResult(HRESULT status, BOOL final, PBYTE response, DWORD size) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!results_.empty() && results_.back().final) {
      return HRESULT_FROM_WIN32(ERROR_INVALID_STATE);
    }
    results_.push_back(
        {status, final != FALSE, std::string(reinterpret_cast<const char*>(response), size)});
    changed_.notify_all();
    return S_OK;
  }
  HRESULT ReportResult(HRESULT status, PBYTE response, DWORD size) override {
    return ReportResult(status, TRUE, response, size);
  }

  // Waits for ever; the test's time limit ends that.
  std::vector<Result> WaitFor(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return results_.size() >= count; });
    return results_;
  }
  ULONG references() const { return references_; }

 private:
  ~Recorder() = default;
  std::atomic<ULONG> references_{1};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Result> results_;
};

void CheckCatalogue(IProtocolManager* manager) {
  WpfPtr<IRscaCatalogue> catalogue;
  CHECK(SUCCEEDED(manager->GetCustomInterface(RSCA_CATALOGUE_ID, catalogue.PutVoid())));
  DWORD count = 0;
  CHECK(catalogue->GetFunctionCount(&count) == S_OK && count == 2);
  RSCA_FUNCTION function = {};
  CHECK(catalogue->GetFunction(0, &function) == S_OK);
  CHECK(std::wstring(function.pszName) == L"example.echo");
  CHECK(function.dwAnswers == RSCA_ANSWERS_ONCE);
  CHECK(catalogue->GetFunction(1, &function) == S_OK);
  CHECK(std::wstring(function.pszName) == L"example.tick");
  CHECK(function.dwAnswers == RSCA_ANSWERS_MANY);
  CHECK(FAILED(catalogue->GetFunction(2, &function)));
}

void CheckEcho(IProtocolManager* manager) {
  WpfPtr<IPmCustomActions> actions;
  CHECK(SUCCEEDED(manager->GetPmInterface(PM_CUSTOM_ACTIONS_ID, actions.PutVoid())));
  const auto recorder = WpfPtr<Recorder>::Adopt(new Recorder);
  CHECK(actions->RunCustomAction(L"example.echo", L"{\"text\": \"a \u00FC \u20AC \U0001F600\"}",
                                 recorder.Get()) == S_OK);
  CHECK(recorder->WaitFor(1)[0].response ==
        "{\"text\": \"a \xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80\"}");
  CHECK(actions->RunCustomAction(L"no.such", L"{}", recorder.Get()) ==
        HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
}

void CheckTicksByName(IProtocolManager* manager) {
  WpfPtr<IPmCustomActions2> actions;
  CHECK(SUCCEEDED(manager->GetPmInterface(PM_CUSTOM_ACTIONS_2_ID, actions.PutVoid())));
  const auto recorder = WpfPtr<Recorder>::Adopt(new Recorder);
  CHECK(actions->RegisterCustomActionCallback(L"example.tick", L"{}", recorder.Get()) == S_OK);
  CHECK(actions->RegisterCustomActionCallback(L"example.tick", L"{}", recorder.Get()) ==
        HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS));
  CHECK(recorder->WaitFor(1)[0].response == "tick 1");
  CHECK(actions->UnregisterCustomActionCallback(L"example.tick") == S_OK);
  CHECK(recorder->WaitFor(2).back().final);
  CHECK(recorder->references() == 1);
  CHECK(actions->UnregisterCustomActionCallback(L"example.tick") ==
        HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
}

void CheckTicksByNumber(IProtocolManager* manager) {
  WpfPtr<IRscaRegistrations> registrations;
  CHECK(SUCCEEDED(manager->GetCustomInterface(RSCA_REGISTRATIONS_ID, registrations.PutVoid())));
  const auto first = WpfPtr<Recorder>::Adopt(new Recorder);
  const auto second = WpfPtr<Recorder>::Adopt(new Recorder);
  const auto third = WpfPtr<Recorder>::Adopt(new Recorder);
  ULONGLONG id = 0;
  for (const auto& recorder : {first, second, third}) {
    CHECK(registrations->RegisterCustomActionCallback(++id, L"example.tick", L"{}",
                                                      recorder.Get()) == S_OK);
  }
  first->WaitFor(1);
  second->WaitFor(1);
  CHECK(registrations->UnregisterCustomActionCallback(1) == S_OK);
  CHECK(first->references() == 1);
  second->WaitFor(2);  // goes on
  CHECK(registrations->UnregisterCustomActionCallback(2) == S_OK);
  // Shutdown ends the third.
  CHECK(manager->Shutdown(TRUE) == S_OK);
  CHECK(third->references() == 1);
  CHECK(third->WaitFor(1).back().final);
}

}  // namespace

int main(int argc, char** argv) {
  CHECK(argc == 2);
  void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) std::fprintf(stderr, "%s\n", dlerror());
  CHECK(library != nullptr);
  const auto entry =
      reinterpret_cast<PFN_GET_PROTOCOL_MANAGER>(dlsym(library, "GetProtocolManager"));
  CHECK(entry != nullptr);
  WpfPtr<IProtocolManager> manager;
  CHECK(SUCCEEDED(entry(nullptr, manager.Put())) && manager);
  WpfPtr<IPmHealthAndIdleMonitor> none;
  CHECK(manager->GetPmInterface(PM_HEALTH_AND_IDLE_MONITOR_ID, none.PutVoid()) == E_NOINTERFACE);
  CHECK(!none);
  CheckCatalogue(manager.Get());
  CheckEcho(manager.Get());
  CheckTicksByName(manager.Get());
  CheckTicksByNumber(manager.Get());
  return 0;
}
