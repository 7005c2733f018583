// The channel to one server with what its calls and streams share.
#ifndef RSCA_CLIENT_CPP_CONNECTION_H_
#define RSCA_CLIENT_CPP_CONNECTION_H_

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/timers.h"
#include "rsca/client/options.h"
#include "rsca/v1/applications.grpc.pb.h"
#include "rsca/v1/custom_actions.grpc.pb.h"
#include "rsca/v1/listener_channels.grpc.pb.h"
#include "rsca/v1/worker_processes.grpc.pb.h"

namespace rsca::client::internal {

// Thread-safe. Owned by clients and streams, that is by the program's own threads: timer actions
// hold neither it nor the channel, because neither may be destroyed on its own thread.
class Connection {
 public:
  static absl::StatusOr<std::shared_ptr<Connection>> Make(const ConnectOptions& options);

  Connection(std::string address, bool with_tls, std::shared_ptr<grpc::Channel> channel,
             std::unique_ptr<Timers> timers);

  const std::string& address() const { return address_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  v1::CustomActions::StubInterface& stub() const { return *stub_; }
  v1::WorkerProcesses::StubInterface& worker_processes() const { return *worker_processes_; }
  v1::ListenerChannels::StubInterface& listener_channels() const { return *listener_channels_; }
  v1::Applications::StubInterface& applications() const { return *applications_; }
  Timers& timers() const { return *timers_; }

  // How a call over it ended.
  absl::Status ToStatus(const grpc::Status& status) const;

 private:
  absl::Status WaitUntilReady(absl::Duration timeout) const;

  const std::string address_;
  const bool with_tls_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::CustomActions::StubInterface> stub_;
  const std::unique_ptr<v1::WorkerProcesses::StubInterface> worker_processes_;
  const std::unique_ptr<v1::ListenerChannels::StubInterface> listener_channels_;
  const std::unique_ptr<v1::Applications::StubInterface> applications_;
  const std::unique_ptr<Timers> timers_;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_CONNECTION_H_
