#include "server/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/log.h"
#include "server/security/credentials.h"
#include "server/security/socket_directory.h"
#include "server/server_settings.h"

namespace rsca::server {
namespace {

// How long clients wait at most for the first workers: their actions are missing until then.
constexpr absl::Duration kFirstWorkersLimit = absl::Seconds(5);

constexpr int kKeepaliveTimeMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kMinPingIntervalMs = 10'000;
// Requests are small: arguments of at most 1 MiB.
constexpr int kMaxRequestBytes = 2 << 20;

void SetServerOptions(grpc::ServerBuilder* builder) {
  // Two servers must not share a port without a word (grpc/grpc#17298).
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kMinPingIntervalMs);
  builder->SetMaxReceiveMessageSize(kMaxRequestBytes);
}

// No two runs on one host begin at the same nanosecond under the same number.
std::string UniqueIdOfThisRun() {
  return absl::StrCat(absl::Hex(absl::ToUnixNanos(absl::Now())), "-", getpid());
}

// The address with the port that was bound in place of 0.
std::string BoundAddress(const std::string& address, int port) {
  if (absl::StartsWith(address, "unix:")) return address;
  return absl::StrCat(address.substr(0, address.rfind(':') + 1), port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const config::v1::ServerConfig& config,
                                                      const std::string& config_file) {
  std::unique_ptr<Server> server(new Server(config));
  if (absl::Status status = security::PreparePrivateDirectory(config.runtime_dir()); !status.ok()) {
    return status;
  }
  if (absl::Status status = server->OpenJournal(); !status.ok()) return status;
  if (absl::Status status = server->OpenWorkers(config_file); !status.ok()) return status;
  if (absl::Status status = server->MakeRegistry(); !status.ok()) return status;
  if (absl::Status status = server->Listen(); !status.ok()) return status;
  server->heap_trimmer_->Start();
  return server;
}

Server::Server(const config::v1::ServerConfig& config)
    : config_(config), budget_(config.limits().window_bytes()) {}

Server::~Server() {
  Hurry();
  if (!shut_down_) Shutdown();
  // While the registry is there: what is committed last, and what becomes of the journal until
  // then, is told to its registrations.
  if (journal_ != nullptr) journal_->Close();
}

absl::Status Server::OpenWorkers(const std::string& config_file) {
  const auto options = PoolOptionsOf(config_);
  if (!options.ok()) return options.status();
  pools_.reset(
      new workers::WorkerPools(*options, WorkerOptionsOf(config_, config_file), &timers_, this));
  pools_->WaitForFirstWorkers(kFirstWorkersLimit);
  return absl::OkStatus();
}

absl::Status Server::OpenJournal() {
  auto journal =
      journal::Journal::Open(JournalOptionsOf(config_.journal()), &budget_, &timers_, this);
  if (absl::IsResourceExhausted(journal.status())) {
    return absl::ResourceExhaustedError(
        absl::StrCat(journal.status().message(), "; make room there, and start the server again"));
  }
  if (!journal.ok()) return journal.status();
  journal_ = *std::move(journal);
  health_.SetJournal(true);
  return absl::OkStatus();
}

absl::Status Server::MakeRegistry() {
  const actions::Limits limits = LimitsOf(config_);
  functions_ = std::make_unique<actions::Functions>(limits, pools_.get(), &timers_);
  registry_ = std::make_shared<actions::Registry>(limits, pools_.get(), &budget_, journal_.get(),
                                                  &timers_, &encoder_);
  if (absl::Status status = registry_->Recover(); !status.ok()) return status;
  hears_of_journal_ = registry_.get();
  // It may have failed already.
  if (absl::Status status = journal_->status(); !status.ok()) OnJournalStatus(status);
  return absl::OkStatus();
}

absl::Status Server::Listen() {
  const actions::Limits limits = LimitsOf(config_);
  const rpc::ServiceContext context{
      registry_.get(),           functions_.get(), &encoder_,          &pump_, &timers_, limits,
      StreamDefaultsOf(config_), pools_.get(),     UniqueIdOfThisRun()};
  custom_actions_ = std::make_unique<rpc::CustomActionsService>(context);
  worker_processes_ = std::make_unique<rpc::WorkerProcessesService>(context);
  listener_channels_ = std::make_unique<rpc::ListenerChannelsService>(context);
  applications_ = std::make_unique<rpc::ApplicationsService>(context);
  health_service_ = std::make_unique<rpc::HealthService>(&health_, &timers_);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetServerOptions(&builder);
  std::vector<int> ports(static_cast<size_t>(config_.listeners_size()), 0);
  for (int i = 0; i < config_.listeners_size(); ++i) {
    const config::v1::Listener& listener = config_.listeners(i);
    absl::string_view path = listener.address();
    if (absl::ConsumePrefix(&path, "unix:")) {
      socket_paths_.emplace_back(path);
      absl::Status status = security::PrepareSocketPath(socket_paths_.back());
      if (!status.ok()) return status;
    }
    auto credentials = security::MakeServerCredentials(listener);
    if (!credentials.ok()) return credentials.status();
    builder.AddListeningPort(listener.address(), *credentials, &ports[static_cast<size_t>(i)]);
  }
  call_queues_.AddTo(&builder);
  custom_actions_->AddTo(&builder, &call_queues_);
  worker_processes_->AddTo(&builder, &call_queues_);
  listener_channels_->AddTo(&builder, &call_queues_);
  applications_->AddTo(&builder, &call_queues_);
  health_service_->AddTo(&builder, &call_queues_);
  grpc_server_ = builder.BuildAndStart();
  if (grpc_server_ == nullptr) {
    const auto failed = std::find(ports.begin(), ports.end(), 0) - ports.begin();
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", config_.listeners(static_cast<int>(failed)).address(),
                     "; is another program using it?"));
  }
  for (int i = 0; i < config_.listeners_size(); ++i) {
    addresses_.push_back(
        BoundAddress(config_.listeners(i).address(), ports[static_cast<size_t>(i)]));
  }
  call_queues_.Start();
  return absl::OkStatus();
}

void Server::OnPoolHealth(const std::string& pool, bool serving) { health_.SetPool(pool, serving); }

void Server::OnJournalStatus(const absl::Status& status) {
  health_.SetJournal(status.ok());
  if (actions::Registry* registry = hears_of_journal_) registry->OnJournalStatus(status);
}

absl::Duration Server::TimeUntil(absl::Duration deadline) {
  if (hurry_) return absl::ZeroDuration();
  return std::max(deadline - timers_.Now(), absl::ZeroDuration());
}

void Server::Shutdown() {
  shut_down_ = true;
  // The rest of the configured time is gRPC's.
  const absl::Duration limit = ToDuration(config_.timeouts().drain()) * 0.9;
  const absl::Duration deadline = timers_.Now() + limit;
  health_.Drain();
  if (registry_ != nullptr) registry_->Drain();
  // Half of the time is the workers', so that what they report at the end still reaches the
  // clients.
  StopWorkers(timers_.Now() + limit / 2);
  // What they reported at the end is delivered once it is committed.
  if (journal_ != nullptr) journal_->Flush(TimeUntil(deadline));
  if (grpc_server_ == nullptr) return;
  custom_actions_->DrainStreams();
  const auto message_streams = {&worker_processes_->streams(), &listener_channels_->streams(),
                                &health_service_->streams()};
  for (rpc::StreamSet* streams : message_streams) streams->Drain();
  bool ended = custom_actions_->WaitForStreams(TimeUntil(deadline));
  for (rpc::StreamSet* streams : message_streams) {
    ended = streams->WaitUntilEmpty(TimeUntil(deadline)) && ended;
  }
  if (!ended) {
    LogWarning("streams did not take their last results in time");
  }
  for (const std::string& path : socket_paths_) unlink(path.c_str());
  grpc_server_->Shutdown(std::chrono::system_clock::now());
  grpc_server_->Wait();
  call_queues_.Stop();
}

void Server::StopWorkers(absl::Duration deadline) {
  if (pools_ == nullptr) return;
  absl::Duration ask = TimeUntil(deadline) * 0.8;
  for (const config::v1::Pool& pool : config_.pools()) {
    ask = std::min(ask, ToDuration(pool.shutdown_time_limit()));
  }
  pools_->Close();
  if (pools_->WaitUntilGone(ask)) return;
  LogWarning("workers are terminated: they did not shut down in time");
  pools_->ShutdownNow();
  if (pools_->WaitUntilGone(TimeUntil(deadline))) return;
  pools_->Kill();
  // Killed processes end at once; what they reported before still comes.
  pools_->WaitUntilGone(absl::Seconds(2));
}

void Server::Hurry() {
  hurry_ = true;
  if (pools_ != nullptr) {
    pools_->Close();
    pools_->Kill();
  }
  if (grpc_server_ != nullptr) grpc_server_->Shutdown(std::chrono::system_clock::now());
}

}  // namespace rsca::server
