// The real rscad, with its real workers, for one test.
//
//   RscadProcess server(Config().Pool("default", {"counter"}));
//   ResultStream stream = ResultStream::Register(server.stub(), "counter", R"({"count": 3})");
#ifndef RSCA_TESTS_SUPPORT_RSCAD_PROCESS_H_
#define RSCA_TESTS_SUPPORT_RSCAD_PROCESS_H_

#include <grpcpp/channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rsca/v1/custom_actions.grpc.pb.h"
#include "tests/support/child_process.h"
#include "tests/support/config.h"
#include "tests/support/temp_dir.h"

namespace rsca::support {

// The programs of this build.
std::string RscadPath();
std::string WorkerPath();

// Not thread-safe, but its stub is.
class RscadProcess {
 public:
  // Starts it on a unix socket in a directory of its own and waits until its health is SERVING
  // (with listeners in `config`: until its log names them). A server that does not come up is a
  // test failure; what follows then fails as well.
  //
  // Where `config` does not say otherwise, `timeouts.drain` is 5 s, and logs are at debug level.
  explicit RscadProcess(Config config = {});

  // Asks a server that still runs to end, which it must do with exit status 0, in time, and checks
  // that no worker is left and that no sanitizer has found anything. After a failed test it
  // prints the server's log.
  ~RscadProcess();
  RscadProcess(const RscadProcess&) = delete;
  RscadProcess& operator=(const RscadProcess&) = delete;

  pid_t pid() const { return process_->pid(); }

  // Of the unix socket that it has without listeners of its own: `unix:PATH`.
  std::string address() const;

  // All that its log names.
  std::vector<std::string> Addresses() const;

  // The directory of its socket; tests may put files of their own there.
  const TempDir& dir() const { return dir_; }

  // One channel and stub for the whole test.
  std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  v1::CustomActions::Stub* stub() const { return stub_.get(); }

  // A connection of its own.
  std::shared_ptr<grpc::Channel> NewChannel(const grpc::ChannelArguments& arguments = {}) const;

  // Its standard error, and that of its workers.
  std::string Log() const;

  // Waits until the log holds the text.
  bool WaitForLog(const std::string& text) const;

  // The running rsca-worker processes that it started.
  std::vector<pid_t> WorkerPids() const;

  // Waits until one worker runs, and not `old`, and returns its pid; 0 if that is not so in time,
  // and the test has failed.
  pid_t OnlyWorker(pid_t old = 0) const;

  // Waits until the health of a service, such as `pool/default`, is `status`.
  bool WaitForHealth(const std::string& service, const std::string& status = "SERVING") const;

  void Terminate();  // SIGTERM
  void Kill();       // SIGKILL
  void Signal(int number);

  // Starts it again after its end, with the same configuration and in the same place.
  void Restart();

  // Its end; nothing if it does not come.
  std::optional<ExitStatus> Wait(std::chrono::milliseconds bound = kFailureBound);

 private:
  void Start();
  bool Ended() const;

  TempDir dir_;
  bool on_socket_;
  std::unique_ptr<ChildProcess> process_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::CustomActions::Stub> stub_;
  bool killed_ = false;
};

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_RSCAD_PROCESS_H_
