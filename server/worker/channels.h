// The table of channels: what the server's messages about one of them lead to.
#ifndef RSCA_SERVER_WORKER_CHANNELS_H_
#define RSCA_SERVER_WORKER_CHANNELS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/plugin_call_pool.h"
#include "server/worker/plugins.h"
#include "server/worker/registration.h"
#include "server/worker/session.h"

namespace rsca::worker {

// Thread-safe. Nothing here waits for a plug-in: calls into plug-ins are made on the pool.
class Channels {
 public:
  Channels(const ReportLimits& limits, std::shared_ptr<ReportQueue> queue, Plugins* plugins,
           PluginCallPool* pool, std::function<void(const v1::Started&)> send_started);

  // Pool and links must have stopped calling.
  ~Channels();

  // Sees to it that `Started` is answered, sooner or later.
  void Start(const v1::Start& start);
  // Harmless for a channel that is gone or never was.
  void Stop(const v1::Stop& stop);
  void AddCredit(const CreditFrame& credit);
  void RefuseReports(const v1::RefuseReports& refusal);

  // Refuses what starts from here on; no report waits.
  void BeginShutdown();
  // Ends all channels without a word.
  void Abandon();

 private:
  // Shared with the conversations, which outlive the worker while a plug-in holds their callbacks.
  struct Table {
    Mutex mutex;
    bool closed ABSL_GUARDED_BY(mutex) = false;
    std::unordered_map<uint64_t, std::shared_ptr<Session>> sessions ABSL_GUARDED_BY(mutex);

    bool Put(uint64_t channel, std::shared_ptr<Session> session);
    std::shared_ptr<Session> Get(uint64_t channel);
    void Remove(uint64_t channel);
    std::vector<std::shared_ptr<Session>> Close();
  };

  void StartRun(const v1::Start& start, const std::shared_ptr<const Function>& function);
  void StartRegistration(const v1::Start& start, const std::shared_ptr<const Function>& function);
  std::shared_ptr<Registration> RegistrationOf(const std::shared_ptr<const Function>& function);
  void Refuse(const v1::Start& start, HRESULT hresult, const std::string& message);

  Plugins* const plugins_;
  PluginCallPool* const pool_;
  const std::shared_ptr<Table> table_ = std::make_shared<Table>();
  const std::shared_ptr<const SessionContext> context_;

  Mutex mutex_;
  // Of functions whose plug-ins know registrations by name; one each, for good.
  std::unordered_map<std::string, std::shared_ptr<Registration>> by_name_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_CHANNELS_H_
