// The server's side of a worker's sockets, as a test needs it, for one worker.
#ifndef RSCA_TESTS_UNIT_SERVER_WORKER_LINK_SERVER_H_
#define RSCA_TESTS_UNIT_SERVER_WORKER_LINK_SERVER_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/mutex.h"
#include "common/report_frame.h"
#include "common/unique_fd.h"
#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

// A report as it came.
struct SentReport {
  uint64_t channel = 0;
  ReportKind kind = ReportKind::kResult;
  int32_t hr_status = 0;
  int64_t report_time_unix_nanos = 0;
  std::string response;

  bool final() const { return kind == ReportKind::kFinal; }
};

// Thread-safe. Whatever waits gives up after a minute and says so in its result.
class LinkServer {
 public:
  LinkServer();
  ~LinkServer();
  LinkServer(const LinkServer&) = delete;
  LinkServer& operator=(const LinkServer&) = delete;

  // For this server, generous limits, no protocol managers.
  v1::Bootstrap MakeBootstrap() const;

  // The worker's ends of the sockets: a worker in this process takes them over, one of its own has
  // inherited them, after which they are to be closed here.
  void ReleaseWorkersEnds();
  void CloseWorkersEnds();

  // From here on a worker is refused.
  void Refuse(const std::string& reason);

  // The server is gone, as if it were killed.
  void Stop();

  // Says to race detectors that what the test did before the last message is known to whom the
  // message reaches, and the other way round.
  static void Fence();

  // From here on reports are counted only, and their credit comes back at once.
  void BecomeSink();
  uint64_t sunk();

  void Send(const v1::ControlResponse& message);
  // On the control socket, whatever they are.
  void SendBytes(absl::string_view bytes);
  void Start(uint64_t channel, const std::string& function, const std::string& arguments = "",
             uint64_t credit_bytes = uint64_t{1} << 30);
  void StartRun(uint64_t channel, const std::string& function, const std::string& arguments = "",
                uint64_t credit_bytes = uint64_t{1} << 30);
  void StopChannel(uint64_t channel, bool discard = false);
  void Shutdown(bool immediate = false);
  void AddCredit(uint64_t channel, uint64_t bytes);
  void RefuseReports(uint64_t channel, int32_t hresult);

  v1::Ready WaitReady();
  // What a worker has said that could not confine itself.
  std::string not_confined();
  // The worker answers it after all that was sent before.
  bool PingPong();
  v1::Started WaitStarted(uint64_t channel);
  bool HasStarted(uint64_t channel);

  void CheckIdle(uint64_t number);
  void Ping(uint64_t number);
  void StartListener(uint32_t listener, const std::string& protocol, const std::string& blob = "",
                     const std::string& protocol_manager = "");
  void StopListener(uint32_t listener, bool immediate = false);
  void Preload(uint64_t number, const std::string& application);

  // The first message from the worker that this accepts, which is then gone. One of those that the
  // functions above and below do not take.
  v1::ControlRequest WaitMessage(const std::function<bool(const v1::ControlRequest&)>& accepts);
  v1::Pong WaitPong(uint64_t number);
  v1::IdleStatus WaitIdleStatus(uint64_t number);
  v1::Preloaded WaitPreloaded(uint64_t number, const std::string& application);
  // The next event of a listener channel.
  v1::ListenerEvent WaitListenerEvent(uint32_t listener);
  // How many such messages wait to be taken.
  size_t CountMessages(v1::ControlRequest::MessageCase kind);

  // All reports of a channel, once there are so many.
  std::vector<SentReport> WaitReports(uint64_t channel, size_t count);
  // All reports of a channel, once its final one or its end is among them.
  std::vector<SentReport> WaitEnd(uint64_t channel);
  std::vector<SentReport> Reports(uint64_t channel);

 private:
  bool WaitLocked(const std::function<bool()>& done);
  bool WaitUntil(const std::function<bool()>& done);
  void ReadControl();
  bool Welcome(const v1::Hello& hello);
  void Take(const v1::ControlRequest& request);
  void ReadResults();
  void SendCredit(uint64_t channel, uint64_t bytes);

  UniqueFd control_;
  UniqueFd workers_control_;  // until the worker has it
  UniqueFd results_;
  UniqueFd workers_results_;  // until the worker has it
  std::thread control_reader_;
  std::thread results_reader_;

  // Of control_'s writers, who write without mutex_.
  Mutex control_write_;

  Mutex mutex_;
  CondVar changed_;
  std::optional<std::string> refusal_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::Ready> ready_ ABSL_GUARDED_BY(mutex_);
  std::string not_confined_ ABSL_GUARDED_BY(mutex_);
  // PingPong's numbers lie above those of Ping.
  static constexpr uint64_t kFirstPing = uint64_t{1} << 32;
  uint64_t last_pong_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t last_ping_ ABSL_GUARDED_BY(mutex_) = kFirstPing;
  std::vector<v1::ControlRequest> messages_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, v1::Started> started_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, std::vector<SentReport>> reports_ ABSL_GUARDED_BY(mutex_);
  bool sink_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t sunk_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace rsca::worker

#endif  // RSCA_TESTS_UNIT_SERVER_WORKER_LINK_SERVER_H_
