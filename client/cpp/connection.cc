#include "client/cpp/connection.h"

#include <grpcpp/client_context.h>
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
#include "client/cpp/connection_error.h"
#include "common/default_paths.h"
#include "common/pem.h"
#include "common/status.h"

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
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  // Nothing to read is a failure, too, but one without errno.
  if ((!file || !(content << file.rdbuf())) && errno != 0) {
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
  PemFile authorities{tls->ca_file, {}};
  PemFile certificate{tls->certificate_file, {}};
  PemFile key{tls->private_key_file, {}};
  for (PemFile* file : {&authorities, &certificate, &key}) {
    if (file->name.empty()) continue;
    absl::StatusOr<std::string> text = ReadFile(file->name);
    if (!text.ok()) return text.status();
    file->text = *std::move(text);
  }
  // gRPC would say of all these that it cannot connect.
  std::string wrong = authorities.name.empty() ? "" : CheckCertificates(authorities);
  if (wrong.empty() && !certificate.name.empty()) {
    wrong = CheckCertificates(certificate);
    if (wrong.empty()) wrong = CheckPrivateKey(key, certificate);
  }
  if (!wrong.empty()) return absl::InvalidArgumentError(wrong);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = std::move(authorities.text);
  options.pem_cert_chain = std::move(certificate.text);
  options.pem_private_key = std::move(key.text);
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
  auto connection = std::make_shared<Connection>(
      address, options.tls.has_value(), std::move(channel), std::make_unique<ThreadTimers>());
  if (options.ready_timeout > absl::ZeroDuration()) {
    absl::Status ready = connection->WaitUntilReady(options.ready_timeout);
    if (!ready.ok()) return ready;
  }
  return connection;
}

Connection::Connection(std::string address, bool with_tls, std::shared_ptr<grpc::Channel> channel,
                       std::unique_ptr<Timers> timers)
    : address_(std::move(address)),
      with_tls_(with_tls),
      channel_(std::move(channel)),
      stub_(v1::CustomActions::NewStub(channel_)),
      worker_processes_(v1::WorkerProcesses::NewStub(channel_)),
      listener_channels_(v1::ListenerChannels::NewStub(channel_)),
      applications_(v1::Applications::NewStub(channel_)),
      timers_(std::move(timers)) {}

absl::Status Connection::ToStatus(const grpc::Status& status) const {
  return ExplainConnectionError(FromGrpcStatus(status), address_, with_tls_);
}

absl::Status Connection::WaitUntilReady(absl::Duration timeout) const {
  if (channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + timeout))) {
    return absl::OkStatus();
  }
  const std::string failure =
      absl::StrCat("no connection to ", address_, " within ", absl::FormatDuration(timeout));
  // Only a call is told why; while gRPC is between two attempts it fails at once.
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Milliseconds(100)));
  v1::ListCustomActionsResponse response;
  absl::Status why = ToStatus(stub_->ListCustomActions(&context, {}, &response));
  return absl::IsUnavailable(why) ? why : absl::UnavailableError(failure);
}

}  // namespace rsca::client::internal
