// What stands behind a channel: a registration or a run.
#ifndef RSCA_SERVER_WORKER_SESSION_H_
#define RSCA_SERVER_WORKER_SESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/conversation.h"
#include "server/worker/plugin_call_pool.h"
#include "server/worker/plugins.h"

namespace rsca::worker {

// What sessions need of the worker.
struct SessionContext {
  ReportLimits limits;
  std::shared_ptr<ReportQueue> queue;
  PluginCallPool* pool;  // outlives every session
  std::function<void(const v1::Started& started)> send_started;
  // The channel has ended and its number means nothing any more.
  std::function<void(uint64_t channel)> gone;
};

// Thread-safe. None of these waits for a plug-in.
class Session {
 public:
  virtual ~Session() = default;

  virtual void Stop(uint64_t channel, bool discard) = 0;
  virtual void AddCredit(uint64_t channel, uint64_t bytes) = 0;
  // Reports of the channel fail with it from here on; with S_OK, they are taken again.
  virtual void RefuseReports(uint64_t channel, HRESULT hresult) = 0;
  // The worker is going down: nothing new begins, no report waits.
  virtual void BeginShutdown() = 0;
  // The server is gone: every report fails.
  virtual void Abandon() = 0;
};

// What the client sent, ready for the plug-in; or why not, in `refusal`, which then has a failing
// HRESULT. Takes as long as the schema's patterns do.
struct CheckedArguments {
  std::wstring text;
  v1::Started refusal;
};
CheckedArguments CheckArguments(const Function& function, const std::string& arguments);

v1::Started Accepted(uint64_t channel);
v1::Started Refused(uint64_t channel, HRESULT hresult, const std::string& message);
// For what the plug-in's call `what` returned.
v1::Started FromCall(uint64_t channel, const std::string& what, const CallResult& result);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_SESSION_H_
