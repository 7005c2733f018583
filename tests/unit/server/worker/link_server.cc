#include "tests/unit/server/worker/link_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/control_frame.h"
#include "common/socket_io.h"
#include "common/worker_protocol.h"

namespace rsca::worker {
namespace {

constexpr absl::Duration kFailureBound = absl::Seconds(60);

bool Ends(const SentReport& report) { return IsEnd(report.kind); }

// The worker's end can be inherited.
void MakePair(UniqueFd* ours, UniqueFd* workers) {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  *ours = UniqueFd(ends[0]);
  *workers = UniqueFd(ends[1]);
  fcntl(ours->Get(), F_SETFD, FD_CLOEXEC);
}

}  // namespace

LinkServer::LinkServer() {
  MakePair(&control_, &workers_control_);
  MakePair(&results_, &workers_results_);
  control_reader_ = std::thread([this] { ReadControl(); });
  results_reader_ = std::thread([this] { ReadResults(); });
}

LinkServer::~LinkServer() {
  Stop();
  control_reader_.join();
  results_reader_.join();
}

void LinkServer::ReleaseWorkersEnds() {
  workers_control_.Release();
  workers_results_.Release();
}

void LinkServer::CloseWorkersEnds() {
  workers_control_ = UniqueFd();
  workers_results_ = UniqueFd();
}

void LinkServer::Refuse(const std::string& reason) {
  MutexLock lock(&mutex_);
  refusal_ = reason;
}

void LinkServer::Stop() {
  shutdown(control_.Get(), SHUT_RDWR);
  shutdown(results_.Get(), SHUT_RDWR);
  MutexLock lock(&mutex_);  // what its threads did is known from here on
}

v1::Bootstrap LinkServer::MakeBootstrap() const {
  v1::Bootstrap bootstrap;
  bootstrap.set_protocol_version(kWorkerProtocolVersion);
  bootstrap.set_worker("test-1");
  bootstrap.set_pool("test");
  bootstrap.set_max_response_bytes(uint64_t{1} << 20);
  bootstrap.set_report_wait_ms(60'000);
  // More than any test makes: the threads of earlier calls may be on their way back still.
  bootstrap.set_max_plugin_calls(64);
  bootstrap.set_log_level("warn");
  bootstrap.set_control_descriptor(workers_control_.Get());
  bootstrap.set_results_descriptor(workers_results_.Get());
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
  std::string bytes;
  AppendControl(message, &bytes);
  SendBytes(bytes);
}

void LinkServer::SendBytes(absl::string_view bytes) {
  Fence();
  MutexLock lock(&control_write_);
  SendAll(control_.Get(), bytes);
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

void LinkServer::AddCredit(uint64_t channel, uint64_t bytes) { SendCredit(channel, bytes); }

void LinkServer::SendCredit(uint64_t channel, uint64_t bytes) {
  std::string credit;
  AppendCredit({channel, bytes}, &credit);
  SendAll(results_.Get(), credit);
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

std::vector<SentReport> LinkServer::WaitReports(uint64_t channel, size_t count) {
  EXPECT_TRUE(WaitUntil([this, channel, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return reports_[channel].size() >= count;
  })) << "too few reports of channel "
      << channel;
  return Reports(channel);
}

std::vector<SentReport> LinkServer::WaitEnd(uint64_t channel) {
  EXPECT_TRUE(WaitUntil([this, channel]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::vector<SentReport>& reports = reports_[channel];
    return !reports.empty() && Ends(reports.back());
  })) << "channel "
      << channel << " never ended";
  return Reports(channel);
}

std::vector<SentReport> LinkServer::Reports(uint64_t channel) {
  MutexLock lock(&mutex_);
  return reports_[channel];
}

void LinkServer::ReadControl() {
  ControlReader reader(control_.Get());
  v1::ControlRequest request;
  if (reader.Read(&request) == FrameStatus::kComplete && Welcome(request.hello())) {
    while (reader.Read(&request) == FrameStatus::kComplete) Take(request);
  }
  shutdown(control_.Get(), SHUT_RDWR);
}

bool LinkServer::Welcome(const v1::Hello& hello) {
  v1::ControlResponse response;
  {
    MutexLock lock(&mutex_);
    not_confined_ = hello.not_confined();
    if (!not_confined_.empty()) refusal_ = "not confined";
    if (refusal_.has_value()) {
      response.mutable_refused()->set_reason(*refusal_);
    } else {
      response.mutable_welcome();
    }
  }
  Send(response);
  return response.has_welcome();
}

void LinkServer::Take(const v1::ControlRequest& request) {
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

void LinkServer::ReadResults() {
  SocketReader reader(results_.Get());
  while (reader.ReadMore()) {
    absl::string_view bytes = reader.bytes();
    std::map<uint64_t, uint64_t> costs;
    {
      MutexLock lock(&mutex_);
      ReportFrame frame;
      while (ConsumeReport(uint64_t{1} << 30, &bytes, &frame) == FrameStatus::kComplete) {
        const SentReport report = {frame.channel, frame.kind, frame.hr_status,
                                   frame.report_time_unix_nanos, std::string(frame.response)};
        if (sink_) ++sunk_;
        costs[report.channel] += report.response.size() + kReportOverheadBytes;
        if (sink_ && !Ends(report)) continue;
        std::vector<SentReport>& reports = reports_[report.channel];
        EXPECT_TRUE(reports.empty() || !Ends(reports.back())) << "a report after the end";
        reports.push_back(report);
      }
      if (!sink_) costs.clear();
      changed_.NotifyAll();
    }
    for (const auto& [channel, cost] : costs) SendCredit(channel, cost);
    reader.Keep(bytes);
  }
  shutdown(results_.Get(), SHUT_RDWR);
}

}  // namespace rsca::worker
