#include "server/managers/base/manager.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>
#include <utility>
#include <variant>

#include "common/utf.h"
#include "server/managers/base/failure.h"
#include "server/managers/base/live_actions.h"
#include "server/managers/base/ref_counted.h"

namespace rsca::managers {
namespace {

// Between two tries to report.
constexpr std::chrono::milliseconds kJournalPause(200);

// What the interfaces of one manager share.
struct Core {
  std::vector<Function> functions;
  std::shared_ptr<ManagerParts> parts;  // may be null
  std::shared_ptr<LiveActions> actions = std::make_shared<LiveActions>();

  const Function* Find(PCWSTR name) const {
    const auto found = std::find_if(functions.begin(), functions.end(),
                                    [name](const Function& each) { return each.name == name; });
    return found == functions.end() ? nullptr : &*found;
  }

  HRESULT Register(const RegistrationKey& key, PCWSTR name, PCWSTR arguments,
                   ICustomAction2ResultCallback* callback) const;
};

// Fails by exception for what is not JSON; an empty text stands for no arguments.
nlohmann::json ParseArguments(PCWSTR text, HRESULT* hresult) {
  *hresult = S_OK;
  if (text == nullptr || *text == 0) return nlohmann::json::object();
  const auto utf8 = WideToUtf8(text);
  if (!utf8) {
    *hresult = HRESULT_FROM_WIN32(ERROR_NO_UNICODE_TRANSLATION);
    return {};
  }
  return nlohmann::json::parse(*utf8);
}

HRESULT Core::Register(const RegistrationKey& key, PCWSTR name, PCWSTR arguments,
                       ICustomAction2ResultCallback* callback) const {
  return Guarded([&] {
    if (name == nullptr || callback == nullptr) return E_POINTER;
    const Function* function = Find(name);
    if (function == nullptr || !function->start) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
    HRESULT hresult = S_OK;
    const nlohmann::json parsed = ParseArguments(arguments, &hresult);
    if (FAILED(hresult)) return hresult;
    return actions->Start(key, callback, [&](Reporter reporter, Failure* failure) {
      return function->start(parsed, std::move(reporter), failure);
    });
  });
}

// The one response of a function that answers once.
HRESULT RunAndReport(const Function& function, PCWSTR arguments,
                     ICustomActionResultCallback* callback) {
  Failure failure{S_OK, ""};
  std::string response;
  try {
    const nlohmann::json parsed = ParseArguments(arguments, &failure.hresult);
    if (SUCCEEDED(failure.hresult)) response = function.run(parsed, &failure);
  } catch (...) {
    failure = FailureFromException();
  }
  if (FAILED(failure.hresult)) response = std::move(failure.message);
  if (response.size() > std::numeric_limits<DWORD>::max()) return E_BOUNDS;
  return callback->ReportResult(failure.hresult, reinterpret_cast<PBYTE>(response.data()),
                                static_cast<DWORD>(response.size()));
}

class CustomActions final : public RefCounted<IPmCustomActions> {
 public:
  explicit CustomActions(std::shared_ptr<const Core> core) : core_(std::move(core)) {}

  HRESULT RunCustomAction(PCWSTR name, PCWSTR arguments,
                          ICustomActionResultCallback* callback) override {
    return Guarded([&] {
      if (name == nullptr || callback == nullptr) return E_POINTER;
      const Function* function = core_->Find(name);
      if (function == nullptr || !function->run) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
      return core_->actions->Call([&] { return RunAndReport(*function, arguments, callback); });
    });
  }

 private:
  const std::shared_ptr<const Core> core_;
};

class CustomActions2 final : public RefCounted<IPmCustomActions2> {
 public:
  explicit CustomActions2(std::shared_ptr<const Core> core) : core_(std::move(core)) {}

  HRESULT RegisterCustomActionCallback(PCWSTR name, PCWSTR arguments,
                                       ICustomAction2ResultCallback* callback) override {
    return Guarded([&] {
      if (name == nullptr) return E_POINTER;
      return core_->Register(std::wstring(name), name, arguments, callback);
    });
  }

  HRESULT UnregisterCustomActionCallback(PCWSTR name) override {
    return Guarded([&] {
      if (name == nullptr) return E_POINTER;
      return core_->actions->Stop(std::wstring(name));
    });
  }

 private:
  const std::shared_ptr<const Core> core_;
};

class Registrations final : public RefCounted<IRscaRegistrations> {
 public:
  explicit Registrations(std::shared_ptr<const Core> core) : core_(std::move(core)) {}

  HRESULT RegisterCustomActionCallback(ULONGLONG id, PCWSTR name, PCWSTR arguments,
                                       ICustomAction2ResultCallback* callback) override {
    return core_->Register(id, name, arguments, callback);
  }

  HRESULT UnregisterCustomActionCallback(ULONGLONG id) override {
    return Guarded([&] { return core_->actions->Stop(id); });
  }

 private:
  const std::shared_ptr<const Core> core_;
};

class Catalogue final : public RefCounted<IRscaCatalogue> {
 public:
  explicit Catalogue(std::shared_ptr<const Core> core) : core_(std::move(core)) {}

  HRESULT GetFunctionCount(DWORD* count) override {
    if (count == nullptr) return E_POINTER;
    *count = static_cast<DWORD>(core_->functions.size());
    return S_OK;
  }

  HRESULT GetFunction(DWORD index, RSCA_FUNCTION* result) override {
    if (result == nullptr) return E_POINTER;
    if (index >= core_->functions.size()) return E_BOUNDS;
    const Function& function = core_->functions[index];
    result->pszName = function.name.c_str();
    result->pszSummary = function.summary.c_str();
    result->pszArgumentsSchema = function.arguments_schema.c_str();
    result->pszResponseContentType = function.response_content_type.c_str();
    result->dwAnswers = function.run ? RSCA_ANSWERS_ONCE : RSCA_ANSWERS_MANY;
    result->dwSemantics = function.semantics;
    return S_OK;
  }

 private:
  const std::shared_ptr<const Core> core_;
};

class Manager final : public RefCounted<IProtocolManager> {
 public:
  explicit Manager(std::shared_ptr<const Core> core) : core_(std::move(core)) {}

  HRESULT GetPmInterface(PM_INTERFACE_ID_ENUM id, PVOID* result) override {
    return Guarded([&] {
      if (result == nullptr) return E_POINTER;
      *result = nullptr;
      if (id == PM_CUSTOM_ACTIONS_ID && HasRun()) {
        *result = static_cast<IPmCustomActions*>(new CustomActions(core_));
      } else if (id == PM_CUSTOM_ACTIONS_2_ID) {
        *result = static_cast<IPmCustomActions2*>(new CustomActions2(core_));
      } else if (core_->parts != nullptr) {
        *result = core_->parts->MakePmInterface(id);
      }
      return *result == nullptr ? E_NOINTERFACE : S_OK;
    });
  }

  HRESULT GetCustomInterface(DWORD id, PVOID* result) override {
    return Guarded([&] {
      if (result == nullptr) return E_POINTER;
      *result = nullptr;
      if (id == RSCA_CATALOGUE_ID) {
        *result = static_cast<IRscaCatalogue*>(new Catalogue(core_));
      } else if (id == RSCA_REGISTRATIONS_ID) {
        *result = static_cast<IRscaRegistrations*>(new Registrations(core_));
      }
      return *result == nullptr ? E_NOINTERFACE : S_OK;
    });
  }

  // Immediate or not: no action needs longer than it takes to end it properly.
  HRESULT Shutdown(BOOL immediate) override {
    return Guarded([&] {
      if (core_->parts != nullptr) core_->parts->Shutdown(immediate != FALSE);
      core_->actions->Shutdown();
      return S_OK;
    });
  }

 private:
  ~Manager() override { Shutdown(TRUE); }

  bool HasRun() const {
    return std::any_of(core_->functions.begin(), core_->functions.end(),
                       [](const Function& function) { return function.run != nullptr; });
  }

  const std::shared_ptr<const Core> core_;
};

}  // namespace

HRESULT Reporter::ReportPatiently(std::string_view response, const std::atomic<bool>& stopping,
                                  HRESULT status) const {
  while (true) {
    const HRESULT hresult = Report(response, status);
    const bool journal_fails = hresult == HRESULT_FROM_WIN32(ERROR_DISK_FULL) ||
                               hresult == HRESULT_FROM_WIN32(ERROR_WRITE_FAULT);
    if (!journal_fails || stopping) return hresult;
    std::this_thread::sleep_for(kJournalPause);
  }
}

HRESULT Reporter::Send(HRESULT status, bool final, std::string_view response) const {
  if (response.size() > std::numeric_limits<DWORD>::max()) return E_BOUNDS;
  // The interface takes the bytes as writable and copies them.
  return callback_->ReportResult(status, final ? TRUE : FALSE,
                                 reinterpret_cast<PBYTE>(const_cast<char*>(response.data())),
                                 static_cast<DWORD>(response.size()));
}

HRESULT MakeManager(IWorkerProcessFramework* /*framework*/, std::vector<Function> functions,
                    IProtocolManager** manager, std::shared_ptr<ManagerParts> parts) {
  return Guarded([&] {
    if (manager == nullptr) return E_POINTER;
    *manager = nullptr;
    auto core = std::make_shared<Core>();
    core->functions = std::move(functions);
    core->parts = std::move(parts);
    *manager = new Manager(core);
    return S_OK;
  });
}

}  // namespace rsca::managers
