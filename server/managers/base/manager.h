// What the built-in protocol managers share: the framework's interfaces done once, so that a
// manager is a table of functions with schemas and the code that carries them out.
//
//   extern "C" RSCA_EXPORT HRESULT GetProtocolManager(IWorkerProcessFramework* framework,
//                                                     IProtocolManager** manager) {
//     return rsca::managers::MakeManager(framework, {TailFunction(), ReadFunction()}, manager);
//   }
#ifndef RSCA_SERVER_MANAGERS_BASE_MANAGER_H_
#define RSCA_SERVER_MANAGERS_BASE_MANAGER_H_

#include <rsca/wpf_extensions.h>
#include <rsca/wpf_ptr.h>

#include <atomic>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#define RSCA_EXPORT __attribute__((visibility("default")))

namespace rsca::managers {

// Where an action sends its results. Copyable; any thread may use it.
class Reporter {
 public:
  explicit Reporter(WpfPtr<ICustomAction2ResultCallback> callback)
      : callback_(std::move(callback)) {}

  // Waits while readers cannot keep up. A failure means that nobody wants further results.
  HRESULT Report(std::string_view response, HRESULT status = S_OK) const {
    return Send(status, false, response);
  }

  // The same, but while the server's journal takes no results, as on a full disk, it tries again,
  // until `stopping`.
  HRESULT ReportPatiently(std::string_view response, const std::atomic<bool>& stopping,
                          HRESULT status = S_OK) const;

  // The last one.
  HRESULT ReportFinal(HRESULT status, std::string_view response) const {
    return Send(status, true, response);
  }

 private:
  HRESULT Send(HRESULT status, bool final, std::string_view response) const;

  WpfPtr<ICustomAction2ResultCallback> callback_;
};

// An action at work for one registration. One that ends by itself, also because a Report failed,
// says so with ReportFinal, whether or not that succeeds; it is destroyed soon after, on another
// thread, without Stop.
class Action {
 public:
  // After it returns no thread of the action runs and nothing is reported any more.
  virtual ~Action() = default;

  // Asks the action to end, which it does soon, reporting what it still has and, where that says
  // something (an exit status, say), a final result. Returns when it has ended. Called at most
  // once, perhaps while the action is ending by itself.
  virtual void Stop() = 0;
};

// A failing HRESULT and what was wrong, for the log and the caller.
struct Failure {
  HRESULT hresult;
  std::string message;
};

// One function of a manager. Arguments have passed the schema.
struct Function {
  std::wstring name;
  std::wstring summary;
  std::wstring arguments_schema;  // JSON Schema, draft 7
  std::wstring response_content_type;
  DWORD semantics = 0;  // RSCA_SEMANTICS

  // For a function that answers many times: begins the action, or returns null and says why it
  // cannot. May report from inside. An exception is a failure, too (json's is E_INVALIDARG).
  // Exactly one of `start` and `run` is set.
  std::function<std::unique_ptr<Action>(const nlohmann::json& arguments, Reporter reporter,
                                        Failure* failure)>
      start;

  // For one that answers once: the response, or a failure, which is reported with its HRESULT and
  // its message as the response.
  std::function<std::string(const nlohmann::json& arguments, Failure* failure)> run;
};

// What a manager has besides functions: interfaces of the framework beyond custom actions, and
// threads of its own. Thread-safe.
class ManagerParts {
 public:
  virtual ~ManagerParts() = default;

  // A new reference to the interface, or null where the manager does not have it.
  virtual PVOID MakePmInterface(PM_INTERFACE_ID_ENUM id) = 0;

  // Before the actions are ended. After it no thread and no callback of the parts is left, but
  // functions may still be called. Called any number of times.
  virtual void Shutdown(bool immediate) = 0;
};

// Makes the protocol manager. For the entry point. `parts` may be null.
HRESULT MakeManager(IWorkerProcessFramework* framework, std::vector<Function> functions,
                    IProtocolManager** manager, std::shared_ptr<ManagerParts> parts = nullptr);

// The HRESULT for an errno, such as ERROR_FILE_NOT_FOUND for ENOENT.
HRESULT HresultFromErrno(int error);

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_BASE_MANAGER_H_
