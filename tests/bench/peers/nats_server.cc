#include "tests/bench/peers/nats_server.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rsca::bench {
namespace {

// Nobody is cut off for being slow, nor asked whether it is there. The rest is as it comes.
constexpr char kConfig[] =
    "listen: 127.0.0.1:-1\n"
    "max_pending: 1073741824\n"
    "write_deadline: \"60s\"\n"
    "ping_interval: \"10m\"\n";

std::string Config(bool jetstream, const support::TempDir& dir) {
  std::string config = absl::StrCat(kConfig, "ports_file_dir: \"", dir.path(), "\"\n");
  if (jetstream) absl::StrAppend(&config, "jetstream { store_dir: \"", dir.File("store"), "\" }\n");
  return config;
}

}  // namespace

NatsServer::NatsServer(bool jetstream) {
  const std::string file = dir_.File("nats.conf");
  support::WriteFile(file, Config(jetstream, dir_));
  process_ = std::make_unique<PeerServer>(std::vector<std::string>{kProgram, "-c", file});
  process_->WaitUntil([this] { return FindPort(); });
}

std::string NatsServer::url() const { return absl::StrCat("nats://127.0.0.1:", port_); }

// The server writes {"nats": ["nats://127.0.0.1:PORT"]} once it listens.
bool NatsServer::FindPort() {
  const std::string text =
      support::ReadFile(dir_.File(absl::StrCat(kProgram, "_", process_->pid(), ".ports")));
  const nlohmann::json ports = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!ports.is_object() || !ports.contains("nats")) return false;
  const std::string url = ports["nats"].at(0).get<std::string>();
  int port = 0;
  if (!absl::SimpleAtoi(url.substr(url.rfind(':') + 1), &port)) return false;
  port_ = static_cast<uint16_t>(port);
  return true;
}

}  // namespace rsca::bench
