// `ssh host command`: a server of OpenSSH on loopback with keys of its own, and for each subscriber
// a client that runs a command there which writes a line for each result.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/peers/peer_server.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/peers/readers.h"
#include "tests/bench/peers/sockets.h"
#include "tests/support/proc.h"
#include "tests/support/temp_dir.h"

namespace rsca::bench {
namespace {

constexpr char kServer[] = "sshd";
constexpr char kPrivilegeSeparation[] =
    "/run/sshd";  // where root's sshd puts its unprivileged part

std::string NewKey(const support::TempDir& dir, std::string_view name) {
  std::string file = dir.File(name);
  RunProgram({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file});
  return file;
}

class SshServer {
 public:
  SshServer() : port_(FreePort()), client_key_(NewKey(dir_, "client")) {
    if (geteuid() == 0) mkdir(kPrivilegeSeparation, 0755);
    const std::string file = dir_.File("sshd_config");
    support::WriteFile(file, Config());
    process_ =
        std::make_unique<PeerServer>(std::vector<std::string>{kServer, "-D", "-e", "-f", file});
    process_->WaitUntil([this] { return CanConnectTcp(port_); });
  }

  // `ssh host command` as a user writes it, but for where the keys are.
  std::vector<std::string> Ssh(const std::string& command) const {
    return {"ssh",       "-F",
            "none",      "-T",
            "-n",        "-q",
            "-i",        client_key_,
            "-p",        absl::StrCat(port_),
            "-o",        "BatchMode=yes",
            "-o",        "StrictHostKeyChecking=no",
            "-o",        "UserKnownHostsFile=/dev/null",
            "127.0.0.1", command};
  }
  pid_t pid() const { return process_->pid(); }

 private:
  std::string Config() const {
    return absl::StrCat("ListenAddress 127.0.0.1\nPort ", port_, "\nHostKey ", NewKey(dir_, "host"),
                        "\nAuthorizedKeysFile ", client_key_,
                        ".pub\nPidFile none\nUsePAM no\nStrictModes no\n"
                        "PermitRootLogin prohibit-password\nMaxStartups 2000\n");
  }

  const support::TempDir dir_;
  const uint16_t port_;
  const std::string client_key_;
  std::unique_ptr<PeerServer> process_;
};

// A client whose output can be read.
struct Client {
  std::unique_ptr<PeerServer> process;
  UniqueFd output;
};

Client Start(const SshServer& server, const std::string& command, const std::string& fifo) {
  if (mkfifo(fifo.c_str(), 0600) != 0) ThrowErrno("mkfifo");
  UniqueFd output(open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!output) ThrowErrno("open");
  support::ChildOptions options;
  options.output_file = fifo;
  return {std::make_unique<PeerServer>(server.Ssh(command), std::move(options)), std::move(output)};
}

// The server's part in each session is a process of its own, and so is the command.
void AddDescendants(pid_t parent, Processes* processes) {
  for (const pid_t child : support::ChildrenOf(parent)) {
    processes->emplace_back(support::ProcessName(child) == kServer ? "server" : "worker", child);
    AddDescendants(child, processes);
  }
}

}  // namespace

nlohmann::json MeasureSsh(const Load& load) {
  if (auto skipped = SkippedWithout({kServer, "ssh", "ssh-keygen"})) return *skipped;
  const SshServer server;
  Meter meter(load.rate > 0);
  Meter::Lane* const lane = meter.AddLane();
  const support::TempDir dir;
  const std::string command = absl::StrCat(RSCA_BENCH_LINES, " ", load.bytes, " ", load.rate);
  std::vector<std::unique_ptr<PeerServer>> clients;
  Processes processes = {{"client", getpid()}};
  Readers readers;
  for (int i = 0; i < load.subscribers; ++i) {
    Client client = Start(server, command, dir.File(absl::StrCat("output", i)));
    processes.emplace_back("client", client.process->pid());
    readers.Add(std::move(client.output), std::make_unique<RecordReader>(load.bytes, lane));
    // The first line says that the session stands. Those of OpenSSH are set up one by one.
    const uint64_t before = meter.Results();
    client.process->WaitUntil([&] { return meter.Results() > before; });
    clients.push_back(std::move(client.process));
  }
  AddDescendants(server.pid(), &processes);
  nlohmann::json json = Observe(load, &meter, processes);
  readers.ThrowIfFailed();
  return json;
}

}  // namespace rsca::bench
