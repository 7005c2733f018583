#include "tests/unit/server/worker/link_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/worker_protocol.h"

namespace rsca::worker {
namespace {

constexpr char kSecret[] = "a secret";
constexpr absl::Duration kFailureBound = absl::Seconds(60);

bool IsEnd(const v1::Report& report) { return report.final() || report.has_ended(); }

}  // namespace

LinkServer::LinkServer() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("unix:", dir_.File("link.sock")),
                           grpc::InsecureServerCredentials());
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

LinkServer::~LinkServer() { Stop(); }

void LinkServer::Stop() {
  server_->Shutdown(std::chrono::system_clock::now());
  MutexLock lock(&mutex_);  // what its threads did is known from here on
}

v1::Bootstrap LinkServer::MakeBootstrap() const {
  v1::Bootstrap bootstrap;
  bootstrap.set_protocol_version(kWorkerProtocolVersion);
  bootstrap.set_target(absl::StrCat("unix:", dir_.File("link.sock")));
  bootstrap.set_worker("test-1");
  bootstrap.set_secret(kSecret);
  bootstrap.set_pool("test");
  bootstrap.set_max_response_bytes(uint64_t{1} << 20);
  bootstrap.set_report_wait_ms(60'000);
  bootstrap.set_max_plugin_calls(8);
  bootstrap.set_log_level("warn");
  return bootstrap;
}

void LinkServer::Fence() {
  static Mutex* const mutex = new Mutex;
  MutexLock lock(mutex);
}

void LinkServer::BecomeSink() {
  MutexLock lock(&mutex_);
  sink_ = true;
}

uint64_t LinkServer::sunk() {
  MutexLock lock(&mutex_);
  return sunk_;
}

void LinkServer::Send(const v1::ControlResponse& message) {
  Fence();
  grpc::ServerReaderWriter<v1::ControlResponse, v1::ControlRequest>* stream;
  {
    MutexLock lock(&mutex_);
    stream = control_;
  }
  if (stream == nullptr) return;
  MutexLock lock(&control_write_);
  stream->Write(message);
}

void LinkServer::Start(uint64_t channel, const std::string& function, const std::string& arguments,
                       uint64_t credit_bytes) {
  v1::ControlResponse message;
  v1::Start* start = message.mutable_start();
  start->set_channel(channel);
  start->set_function(function);
  start->set_arguments(arguments);
  start->set_credit_bytes(credit_bytes);
  Send(message);
}

void LinkServer::StartRun(uint64_t channel, const std::string& function,
                          const std::string& arguments, uint64_t credit_bytes) {
  v1::ControlResponse message;
  v1::Start* start = message.mutable_start();
  start->set_channel(channel);
  start->set_function(function);
  start->set_arguments(arguments);
  start->set_credit_bytes(credit_bytes);
  start->set_run_once(true);
  Send(message);
}

void LinkServer::StopChannel(uint64_t channel, bool discard) {
  v1::ControlResponse message;
  message.mutable_stop()->set_channel(channel);
  message.mutable_stop()->set_discard(discard);
  Send(message);
}

void LinkServer::Shutdown(bool immediate) {
  v1::ControlResponse message;
  message.mutable_shutdown()->set_immediate(immediate);
  Send(message);
}

void LinkServer::CheckIdle(uint64_t number) {
  v1::ControlResponse message;
  message.mutable_check_idle()->set_number(number);
  Send(message);
}

void LinkServer::Ping(uint64_t number) {
  v1::ControlResponse message;
  message.mutable_ping()->set_number(number);
  Send(message);
}

void LinkServer::StartListener(uint32_t listener, const std::string& protocol,
                               const std::string& blob, const std::string& protocol_manager) {
  v1::ControlResponse message;
  v1::StartListener* start = message.mutable_start_listener();
  start->set_listener(listener);
  start->set_protocol(protocol);
  start->set_blob(blob);
  start->set_protocol_manager(protocol_manager);
  Send(message);
}

void LinkServer::StopListener(uint32_t listener, bool immediate) {
  v1::ControlResponse message;
  message.mutable_stop_listener()->set_listener(listener);
  message.mutable_stop_listener()->set_immediate(immediate);
  Send(message);
}

void LinkServer::Preload(uint64_t number, const std::string& application) {
  v1::ControlResponse message;
  message.mutable_preload_application()->set_number(number);
  message.mutable_preload_application()->set_application(application);
  Send(message);
}

v1::ControlRequest LinkServer::WaitMessage(
    const std::function<bool(const v1::ControlRequest&)>& accepts) {
  v1::ControlRequest taken;
  EXPECT_TRUE(WaitUntil([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found = std::find_if(messages_.begin(), messages_.end(), accepts);
    if (found == messages_.end()) return false;
    taken = *found;
    messages_.erase(found);
    return true;
  })) << "the worker never sent what the test waits for";
  return taken;
}

v1::Pong LinkServer::WaitPong(uint64_t number) {
  return WaitMessage([number](const v1::ControlRequest& message) {
           return message.has_pong() && message.pong().number() == number;
         })
      .pong();
}

v1::IdleStatus LinkServer::WaitIdleStatus(uint64_t number) {
  return WaitMessage([number](const v1::ControlRequest& message) {
           return message.has_idle_status() && message.idle_status().number() == number;
         })
      .idle_status();
}

v1::Preloaded LinkServer::WaitPreloaded(uint64_t number, const std::string& application) {
  return WaitMessage([&](const v1::ControlRequest& message) {
           return message.has_preloaded() && message.preloaded().number() == number &&
                  message.preloaded().application() == application;
         })
      .preloaded();
}

v1::ListenerEvent LinkServer::WaitListenerEvent(uint32_t listener) {
  return WaitMessage([listener](const v1::ControlRequest& message) {
           return message.has_listener_event() && message.listener_event().listener() == listener;
         })
      .listener_event();
}

size_t LinkServer::CountMessages(v1::ControlRequest::MessageCase kind) {
  MutexLock lock(&mutex_);
  return static_cast<size_t>(std::count_if(
      messages_.begin(), messages_.end(),
      [kind](const v1::ControlRequest& message) { return message.message_case() == kind; }));
}

void LinkServer::AddCredit(uint64_t channel, uint64_t bytes) {
  grpc::ServerReaderWriter<v1::ResultsResponse, v1::ResultsRequest>* stream;
  ASSERT_TRUE(
      WaitUntil([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return results_ != nullptr; }));
  {
    MutexLock lock(&mutex_);
    stream = results_;
  }
  v1::ResultsResponse response;
  v1::Credit* credit = response.add_credits();
  credit->set_channel(channel);
  credit->set_bytes(bytes);
  MutexLock lock(&results_write_);
  stream->Write(response);
}

void LinkServer::RefuseReports(uint64_t channel, int32_t hresult) {
  v1::ControlResponse message;
  message.mutable_refuse_reports()->set_channel(channel);
  message.mutable_refuse_reports()->set_hresult(hresult);
  Send(message);
}

bool LinkServer::WaitUntil(const std::function<bool()>& done) {
  const bool happened = WaitLocked(done);
  Fence();
  return happened;
}

bool LinkServer::WaitLocked(const std::function<bool()>& done) {
  const absl::Time deadline = absl::Now() + kFailureBound;
  MutexLock lock(&mutex_);
  while (!done()) {
    if (absl::Now() >= deadline) return false;
    changed_.WaitFor(&mutex_, deadline - absl::Now());
  }
  return true;
}

std::string LinkServer::not_confined() {
  MutexLock lock(&mutex_);
  return not_confined_;
}

v1::Ready LinkServer::WaitReady() {
  EXPECT_TRUE(WaitUntil([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return ready_.has_value();
  })) << "the worker never became ready";
  MutexLock lock(&mutex_);
  return ready_.value_or(v1::Ready());
}

bool LinkServer::PingPong() {
  uint64_t number;
  {
    MutexLock lock(&mutex_);
    number = ++last_ping_;
  }
  v1::ControlResponse message;
  message.mutable_ping()->set_number(number);
  Send(message);
  return WaitUntil([this, number]()
                       ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return last_pong_ >= number; });
}

v1::Started LinkServer::WaitStarted(uint64_t channel) {
  EXPECT_TRUE(WaitUntil([this, channel]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return started_.count(channel) > 0;
  })) << "no Started for channel "
      << channel;
  MutexLock lock(&mutex_);
  return started_[channel];
}

bool LinkServer::HasStarted(uint64_t channel) {
  MutexLock lock(&mutex_);
  return started_.count(channel) > 0;
}

std::vector<v1::Report> LinkServer::WaitReports(uint64_t channel, size_t count) {
  EXPECT_TRUE(WaitUntil([this, channel, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return reports_[channel].size() >= count;
  })) << "too few reports of channel "
      << channel;
  return Reports(channel);
}

std::vector<v1::Report> LinkServer::WaitEnd(uint64_t channel) {
  EXPECT_TRUE(WaitUntil([this, channel]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::vector<v1::Report>& reports = reports_[channel];
    return !reports.empty() && IsEnd(reports.back());
  })) << "channel "
      << channel << " never ended";
  return Reports(channel);
}

std::vector<v1::Report> LinkServer::Reports(uint64_t channel) {
  MutexLock lock(&mutex_);
  return reports_[channel];
}

grpc::Status LinkServer::Control(
    grpc::ServerContext* /*context*/,
    grpc::ServerReaderWriter<v1::ControlResponse, v1::ControlRequest>* stream) {
  v1::ControlRequest request;
  if (!stream->Read(&request) || request.hello().secret() != kSecret) {
    return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "wrong secret");
  }
  if (!request.hello().not_confined().empty()) {
    MutexLock lock(&mutex_);
    not_confined_ = request.hello().not_confined();
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "not confined");
  }
  v1::ControlResponse response;
  response.mutable_welcome();
  stream->Write(response);
  {
    MutexLock lock(&mutex_);
    control_ = stream;
  }
  while (stream->Read(&request)) {
    MutexLock lock(&mutex_);
    if (request.has_ready()) {
      ready_ = request.ready();
    } else if (request.has_started()) {
      EXPECT_TRUE(started_.emplace(request.started().channel(), request.started()).second)
          << "two Started for one channel";
    } else if (request.has_pong() && request.pong().number() > kFirstPing) {
      last_pong_ = request.pong().number();
    } else {
      messages_.push_back(request);
    }
    changed_.NotifyAll();
  }
  MutexLock write(&control_write_);  // nobody is writing when the stream goes
  MutexLock lock(&mutex_);
  control_ = nullptr;
  return grpc::Status::OK;
}

grpc::Status LinkServer::Results(
    grpc::ServerContext* /*context*/,
    grpc::ServerReaderWriter<v1::ResultsResponse, v1::ResultsRequest>* stream) {
  v1::ResultsRequest request;
  if (!stream->Read(&request) || request.hello().secret() != kSecret) {
    return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "wrong secret");
  }
  {
    MutexLock lock(&mutex_);
    results_ = stream;
    changed_.NotifyAll();
  }
  while (stream->Read(&request)) {
    bool sink;
    {
      MutexLock lock(&mutex_);
      sink = sink_;
      for (const v1::Report& report : request.reports()) {
        if (sink && !IsEnd(report)) continue;
        std::vector<v1::Report>& reports = reports_[report.channel()];
        EXPECT_TRUE(reports.empty() || !IsEnd(reports.back())) << "a report after the end";
        reports.push_back(report);
      }
      changed_.NotifyAll();
    }
    if (sink) Sink(request, stream);
  }
  MutexLock write(&results_write_);
  MutexLock lock(&mutex_);
  results_ = nullptr;
  return grpc::Status::OK;
}

void LinkServer::Sink(const v1::ResultsRequest& request,
                      grpc::ServerReaderWriter<v1::ResultsResponse, v1::ResultsRequest>* stream) {
  std::map<uint64_t, uint64_t> costs;
  for (const v1::Report& report : request.reports()) {
    costs[report.channel()] += report.response().size() + kReportOverheadBytes;
  }
  v1::ResultsResponse response;
  for (const auto& [channel, bytes] : costs) {
    v1::Credit* credit = response.add_credits();
    credit->set_channel(channel);
    credit->set_bytes(bytes);
  }
  {
    MutexLock lock(&results_write_);
    stream->Write(response);
  }
  MutexLock lock(&mutex_);
  sunk_ += static_cast<uint64_t>(request.reports_size());
}

}  // namespace rsca::worker
