#include "tests/bench/load_server.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "tests/bench/measure.h"
#include "tests/bench/receiver.h"
#include "tests/support/authority.h"
#include "tests/support/config.h"

namespace rsca::bench {
namespace {

constexpr char kSyncCount[] = "sync-count";

// Makes `server.pem`, `server.key` and an authority; its certificate.
std::string MakeCertificates(const support::TempDir& dir) {
  const support::Authority authority(dir, "ca");
  authority.Sign("server", "DNS:localhost,IP:127.0.0.1");
  return authority.certificate();
}

std::string ServingAddress(const support::ChildProcess& process) {
  std::string address;
  support::Eventually([&] {
    const std::string output = process.Output();
    const size_t end = output.find('\n');
    if (end == std::string::npos) return false;
    address = output.substr(strlen("serving "), end - strlen("serving "));
    return true;
  });
  if (address.empty()) throw std::runtime_error("the baseline's server did not come up");
  return address;
}

}  // namespace

RoadServer::RoadServer(Transport transport, const std::string& sync) {
  support::Config config;
  config.Pool("default", {"bench"})
      .Set("logging.level", "info")
      .Set("limits.registrations_per_principal",
           "20000");  // 10,000 idle ones, and those that publish
  if (!sync.empty()) config.Set("journal.sync", sync);
  if (transport == Transport::kTcp) config.Listen("127.0.0.1:0", {{"insecure", "true"}});
  if (transport == Transport::kTls) {
    ca_file_ = MakeCertificates(dir_);
    config = support::ListenWithTls(std::move(config), dir_);
  }
  support::WriteFile(dir_.File(kSyncCount), std::string(sizeof(uint64_t), '\0'));
  setenv("RSCA_BENCH_SYNC_COUNT", dir_.File(kSyncCount).c_str(), 1);
  setenv("LD_PRELOAD", RSCA_BENCH_COUNT_SYNCS, 1);
  process_ = std::make_unique<support::RscadProcess>(std::move(config));
  unsetenv("LD_PRELOAD");
  target_ = transport == Transport::kUnix ? process_->address() : process_->Addresses().at(0);
}

std::shared_ptr<grpc::Channel> RoadServer::NewChannel() const {
  return bench::NewChannel(target_, ca_file_);
}

Processes RoadServer::processes() const {
  Processes processes = {{"server", process_->pid()}, {"client", getpid()}};
  for (const pid_t worker : process_->WorkerPids()) processes.emplace_back("worker", worker);
  return processes;
}

uint64_t RoadServer::syncs() const {
  uint64_t count = 0;
  const std::string bytes = support::ReadFile(dir_.File(kSyncCount));
  std::memcpy(&count, bytes.data(), std::min(bytes.size(), sizeof(count)));
  return count;
}

RawServer::RawServer(Transport transport) {
  std::vector<std::string> arguments = {"/proc/self/exe", "raw-server", "--address"};
  arguments.push_back(transport == Transport::kUnix ? absl::StrCat("unix:", dir_.File("raw.sock"))
                                                    : "127.0.0.1:0");
  if (transport == Transport::kTls) {
    ca_file_ = MakeCertificates(dir_);
    arguments.insert(arguments.end(),
                     {"--certificate", dir_.File("server.pem"), "--key", dir_.File("server.key")});
  }
  process_ = std::make_unique<support::ChildProcess>(std::move(arguments));
  target_ = ServingAddress(*process_);
}

std::shared_ptr<grpc::Channel> RawServer::NewChannel() const {
  return bench::NewChannel(target_, ca_file_);
}

Processes RawServer::processes() const {
  return {{"server", process_->pid()}, {"client", getpid()}};
}

}  // namespace rsca::bench
