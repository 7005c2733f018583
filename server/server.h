// The composition root: owns every part of the server and connects them.
#ifndef RSCA_SERVER_SERVER_H_
#define RSCA_SERVER_SERVER_H_

#include <grpcpp/server.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/timers.h"
#include "rsca/config/v1/server_config.pb.h"
#include "server/actions/functions.h"
#include "server/actions/registry.h"
#include "server/delivery/pump.h"
#include "server/heap_trimmer.h"
#include "server/journal/journal.h"
#include "server/journal/window_budget.h"
#include "server/observability/health.h"
#include "server/rpc/applications_service.h"
#include "server/rpc/call_queues.h"
#include "server/rpc/custom_actions_service.h"
#include "server/rpc/health_service.h"
#include "server/rpc/listener_channels_service.h"
#include "server/rpc/wire_encoder.h"
#include "server/rpc/worker_processes_service.h"
#include "server/workers/worker_pools.h"

namespace rsca::server {

class Server final : private workers::PoolListener, private journal::JournalListener {
 public:
  // Starts the workers, waits for them a while, then serves. `config` has all its values: see
  // server/config/config.h. `config_file`: where it comes from; may be empty.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const config::v1::ServerConfig& config,
                                                       const std::string& config_file);

  // Shuts down at once if Shutdown was not called.
  ~Server() override;

  // Where clients reach it, with the ports that were really bound.
  std::vector<std::string> addresses() const { return addresses_; }

  // Ends in the order that server/README.md describes, within `timeouts.drain`. Blocks. Once.
  void Shutdown();

  // Makes a Shutdown that is under way skip what it waits for. Any thread.
  void Hurry();

 private:
  explicit Server(const config::v1::ServerConfig& config);

  void OnPoolHealth(const std::string& pool, bool serving) override;
  void OnJournalStatus(const absl::Status& status) override;

  absl::Status OpenWorkers(const std::string& config_file);
  absl::Status OpenJournal();
  absl::Status MakeRegistry();
  absl::Status Listen();
  void StopWorkers(absl::Duration deadline);
  absl::Duration TimeUntil(absl::Duration deadline);

  const config::v1::ServerConfig config_;
  std::vector<std::string> addresses_;
  std::vector<std::string> socket_paths_;
  std::atomic<bool> hurry_ = false;
  bool shut_down_ = false;

  // Destroyed from the last to the first. The registry is made after the pools and destroyed after
  // them: as long as there are workers, they report to its registrations.
  ThreadTimers timers_;
  const std::shared_ptr<HeapTrimmer> heap_trimmer_ = std::make_shared<HeapTrimmer>(&timers_);
  observability::Health health_;
  rpc::WireEncoder encoder_;
  journal::WindowBudget budget_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<actions::Functions> functions_;
  std::shared_ptr<actions::Registry> registry_;
  // The registry once it knows what the journal has.
  std::atomic<actions::Registry*> hears_of_journal_ = nullptr;
  std::unique_ptr<workers::WorkerPools> pools_;
  delivery::Pump pump_{&timers_};
  rpc::CallQueues call_queues_;
  std::unique_ptr<rpc::CustomActionsService> custom_actions_;
  std::unique_ptr<rpc::WorkerProcessesService> worker_processes_;
  std::unique_ptr<rpc::ListenerChannelsService> listener_channels_;
  std::unique_ptr<rpc::ApplicationsService> applications_;
  std::unique_ptr<rpc::HealthService> health_service_;
  std::unique_ptr<grpc::Server> grpc_server_;
};

}  // namespace rsca::server

#endif  // RSCA_SERVER_SERVER_H_
