#include "client/cpp/connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/default_paths.h"

namespace rsca::client::internal {
namespace {

std::string ResolveAddress(const std::string& address) {
  if (!address.empty()) return address;
  const char* from_environment = std::getenv("RSCA_SERVER");
  if (from_environment != nullptr && *from_environment != '\0') return from_environment;
  return DefaultServerAddress();
}

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  // A dead peer is found within half a minute, also between calls and on streams without data.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  // In truth the least time that one attempt to connect gets, TLS included.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  // The caller bounds a message by max_results_per_message.
  arguments.SetMaxReceiveMessageSize(-1);
  // A connection of its own: one client's back-off is not another's.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    return absl::NotFoundError(
        absl::StrCat("cannot read the TLS file `", path, "`: ", std::strerror(errno)));
  }
  return content.str();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(
    const std::optional<TlsOptions>& tls) {
  if (!tls.has_value()) return grpc::InsecureChannelCredentials();
  if (tls->certificate_file.empty() != tls->private_key_file.empty()) {
    return absl::InvalidArgumentError(
        "a client certificate needs both `certificate_file` and `private_key_file`");
  }
  grpc::SslCredentialsOptions options;
  const std::pair<const std::string*, std::string*> files[] = {
      {&tls->ca_file, &options.pem_root_certs},
      {&tls->certificate_file, &options.pem_cert_chain},
      {&tls->private_key_file, &options.pem_private_key}};
  for (const auto& [path, content] : files) {
    if (path->empty()) continue;
    absl::StatusOr<std::string> read = ReadFile(*path);
    if (!read.ok()) return read.status();
    *content = *std::move(read);
  }
  return grpc::SslCredentials(options);
}

}  // namespace

absl::StatusOr<std::shared_ptr<Connection>> Connection::Make(const ConnectOptions& options) {
  const std::string address = ResolveAddress(options.address);
  const auto credentials = Credentials(options.tls);
  if (!credentials.ok()) return credentials.status();
  grpc::ChannelArguments arguments = Arguments();
  if (options.tls.has_value() && !options.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(options.tls->server_name);
  }
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateCustomChannel(address, *credentials, arguments);
  if (options.ready_timeout > absl::ZeroDuration() &&
      !channel->WaitForConnected(absl::ToChronoTime(absl::Now() + options.ready_timeout))) {
    return absl::UnavailableError(absl::StrCat("no connection to ", address, " within ",
                                               absl::FormatDuration(options.ready_timeout)));
  }
  return std::make_shared<Connection>(address, std::move(channel),
                                      std::make_unique<ThreadTimers>());
}

Connection::Connection(std::string address, std::shared_ptr<grpc::Channel> channel,
                       std::unique_ptr<Timers> timers)
    : address_(std::move(address)),
      channel_(std::move(channel)),
      stub_(v1::CustomActions::NewStub(channel_)),
      worker_processes_(v1::WorkerProcesses::NewStub(channel_)),
      listener_channels_(v1::ListenerChannels::NewStub(channel_)),
      applications_(v1::Applications::NewStub(channel_)),
      timers_(std::move(timers)) {}

}  // namespace rsca::client::internal
