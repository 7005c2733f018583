// A complete protocol manager with two functions:
//   example.echo  answers once, with its arguments
//   example.tick  answers every second, until it is unregistered
#include <rsca/wpf_extensions.h>
#include <rsca/wpf_ptr.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cwchar>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace {

constexpr WCHAR ECHO_NAME[] = L"example.echo";
constexpr WCHAR TICK_NAME[] = L"example.tick";

// What the server tells its clients of the two. It checks arguments against the schemas before
// this plug-in sees them.
constexpr RSCA_FUNCTION FUNCTIONS[] = {
    {ECHO_NAME, L"Answers with its arguments.", LR"({"type": "object"})", L"application/json",
     RSCA_ANSWERS_ONCE, RSCA_READ_ONLY | RSCA_IDEMPOTENT},
    {TICK_NAME, L"Counts the seconds.", LR"({"type": "object", "additionalProperties": false})",
     L"text/plain", RSCA_ANSWERS_MANY, RSCA_READ_ONLY | RSCA_IDEMPOTENT | RSCA_RESTARTABLE},
};

// Responses are bytes; where they are text, it is UTF-8. The framework hands out valid Unicode
// only, so there is nothing to check here.
std::string ToUtf8(PCWSTR pszText) {
  std::string text;
  for (; *pszText != 0; ++pszText) {
    const auto point = static_cast<ULONG>(*pszText);
    const auto tail = [&](int shift) {
      text.push_back(static_cast<char>(0x80 | ((point >> shift) & 0x3F)));
    };
    if (point < 0x80) {
      text.push_back(static_cast<char>(point));
    } else if (point < 0x800) {
      text.push_back(static_cast<char>(0xC0 | (point >> 6)));
      tail(0);
    } else if (point < 0x10000) {
      text.push_back(static_cast<char>(0xE0 | (point >> 12)));
      tail(6);
      tail(0);
    } else {
      text.push_back(static_cast<char>(0xF0 | (point >> 18)));
      tail(12);
      tail(6);
      tail(0);
    }
  }
  return text;
}

HRESULT Report(ICustomAction2ResultCallback* pCallback, BOOL fFinal, std::string text) {
  return pCallback->ReportResult(S_OK, fFinal, reinterpret_cast<PBYTE>(text.data()),
                                 static_cast<DWORD>(text.size()));
}

// One registration of example.tick. Its thread reports; the register call only starts it.
class Ticker {
 public:
  explicit Ticker(WpfPtr<ICustomAction2ResultCallback> callback)
      : m_callback(std::move(callback)), m_thread([this] { Run(); }) {}

  // Reports the final result and waits until the thread has ended.
  ~Ticker() {
    {
      std::lock_guard<std::mutex> lock(m_mutex);
      m_fStop = true;
    }
    m_wake.notify_all();
    m_thread.join();
  }

  // Whether nobody wanted its results any more.
  bool HasEnded() const { return m_fEnded; }

 private:
  void Run() {
    auto due = std::chrono::steady_clock::now();
    for (ULONG ticks = 1;; ++ticks) {
      due += std::chrono::seconds(1);
      {
        std::unique_lock<std::mutex> lock(m_mutex);
        if (m_wake.wait_until(lock, due, [this] { return m_fStop; })) break;
      }
      // No lock is held here: ReportResult waits while readers cannot keep up.
      if (FAILED(Report(m_callback.Get(), FALSE, "tick " + std::to_string(ticks)))) break;
    }
    Report(m_callback.Get(), TRUE, "no more ticks");  // fails, harmlessly, after a failure
    m_callback = nullptr;                             // a reference that is kept is a leak
    m_fEnded = true;
  }

  WpfPtr<ICustomAction2ResultCallback> m_callback;
  std::mutex m_mutex;
  std::condition_variable m_wake;
  bool m_fStop = false;
  std::atomic<bool> m_fEnded{false};
  std::thread m_thread;  // last: it uses the others
};

// All the interfaces in one object: AddRef and Release are common to them.
class ExampleManager final : public IProtocolManager,
                             public IPmCustomActions,
                             public IPmCustomActions2,
                             public IRscaCatalogue,
                             public IRscaRegistrations {
 public:
  ULONG AddRef() override { return ++m_cReferences; }
  ULONG Release() override {
    const ULONG cLeft = --m_cReferences;
    if (cLeft == 0) delete this;
    return cLeft;
  }

  // IProtocolManager. The cast to the interface counts: each base has its own address.
  HRESULT GetPmInterface(PM_INTERFACE_ID_ENUM id, PVOID* ppInterface) override {
    switch (id) {
      case PM_CUSTOM_ACTIONS_ID:
        return Give(static_cast<IPmCustomActions*>(this), ppInterface);
      case PM_CUSTOM_ACTIONS_2_ID:
        return Give(static_cast<IPmCustomActions2*>(this), ppInterface);
      default:
        return Refuse(ppInterface);
    }
  }
  HRESULT GetCustomInterface(DWORD dwId, PVOID* ppInterface) override {
    switch (dwId) {
      case RSCA_CATALOGUE_ID:
        return Give(static_cast<IRscaCatalogue*>(this), ppInterface);
      case RSCA_REGISTRATIONS_ID:
        return Give(static_cast<IRscaRegistrations*>(this), ppInterface);
      default:
        return Refuse(ppInterface);
    }
  }
  HRESULT Shutdown(BOOL /*fImmediate*/) override {
    std::map<std::wstring, std::unique_ptr<Ticker>> tickers;
    {
      std::lock_guard<std::mutex> lock(m_mutex);
      tickers.swap(m_tickers);
    }
    return S_OK;  // the tickers end here, without the lock
  }

  // IPmCustomActions: functions that answer once.
  HRESULT RunCustomAction(PCWSTR pszName, PCWSTR pszArguments,
                          ICustomActionResultCallback* pCallback) override {
    if (std::wcscmp(pszName, ECHO_NAME) != 0) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
    std::string text = ToUtf8(pszArguments);
    return pCallback->ReportResult(S_OK, reinterpret_cast<PBYTE>(text.data()),
                                   static_cast<DWORD>(text.size()));
  }

  // IPmCustomActions2: one registration a name. A server that knows IRscaRegistrations calls that
  // instead; a plug-in may have either.
  HRESULT RegisterCustomActionCallback(PCWSTR pszName, PCWSTR /*pszArguments*/,
                                       ICustomAction2ResultCallback* pCallback) override {
    return Start(pszName, pszName, pCallback);
  }
  HRESULT UnregisterCustomActionCallback(PCWSTR pszName) override { return Stop(pszName); }

  // IRscaRegistrations: any number of registrations.
  HRESULT RegisterCustomActionCallback(ULONGLONG ullId, PCWSTR pszName, PCWSTR /*pszArguments*/,
                                       ICustomAction2ResultCallback* pCallback) override {
    return Start(std::to_wstring(ullId), pszName, pCallback);
  }
  HRESULT UnregisterCustomActionCallback(ULONGLONG ullId) override {
    return Stop(std::to_wstring(ullId));
  }

  // IRscaCatalogue.
  HRESULT GetFunctionCount(DWORD* pcFunctions) override {
    *pcFunctions = static_cast<DWORD>(std::size(FUNCTIONS));
    return S_OK;
  }
  HRESULT GetFunction(DWORD iFunction, RSCA_FUNCTION* pFunction) override {
    if (iFunction >= std::size(FUNCTIONS)) return E_INVALIDARG;
    *pFunction = FUNCTIONS[iFunction];
    return S_OK;
  }

 private:
  ~ExampleManager() = default;

  template <typename Interface>
  static HRESULT Give(Interface* pInterface, PVOID* ppInterface) {
    pInterface->AddRef();
    *ppInterface = pInterface;
    return S_OK;
  }
  static HRESULT Refuse(PVOID* ppInterface) {
    *ppInterface = nullptr;
    return E_NOINTERFACE;
  }

  HRESULT Start(const std::wstring& key, PCWSTR pszName, ICustomAction2ResultCallback* pCallback) {
    if (std::wcscmp(pszName, TICK_NAME) != 0) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
    std::lock_guard<std::mutex> lock(m_mutex);
    for (auto ticker = m_tickers.begin(); ticker != m_tickers.end();) {
      ticker = ticker->second->HasEnded() ? m_tickers.erase(ticker) : std::next(ticker);
    }
    if (m_tickers.count(key) != 0) return HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS);
    try {
      // The pointer is borrowed for this call; the ticker keeps it longer, so it takes a share.
      m_tickers.emplace(
          key, std::make_unique<Ticker>(WpfPtr<ICustomAction2ResultCallback>::Share(pCallback)));
    } catch (const std::exception&) {
      return E_OUTOFMEMORY;  // no thread to be had; an exception must not leave the plug-in
    }
    return S_OK;
  }

  HRESULT Stop(const std::wstring& key) {
    std::unique_ptr<Ticker> ticker;
    {
      std::lock_guard<std::mutex> lock(m_mutex);
      const auto found = m_tickers.find(key);
      if (found == m_tickers.end()) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
      ticker = std::move(found->second);
      m_tickers.erase(found);
    }
    return S_OK;  // the ticker ends here, without the lock
  }

  std::atomic<ULONG> m_cReferences{1};
  std::mutex m_mutex;
  std::map<std::wstring, std::unique_ptr<Ticker>> m_tickers;
};

}  // namespace

// The entry point: the one symbol that this library shows.
extern "C" __attribute__((visibility("default"))) HRESULT GetProtocolManager(
    IWorkerProcessFramework* /*pFramework*/, IProtocolManager** ppProtocolManager) {
  *ppProtocolManager = new ExampleManager;
  return S_OK;
}
