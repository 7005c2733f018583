#include "tests/bench/peers/peer_server.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rsca::bench {
namespace {

constexpr std::chrono::seconds kStartBound{20};
constexpr size_t kTold = 500;  // characters of what a program that failed has written

std::vector<std::string> Bound(std::vector<std::string> argv) {
  argv[0] = FindProgram(argv[0]);
  argv.insert(argv.begin(), {"setpriv", "--pdeathsig", "KILL"});
  return argv;
}

std::string Written(const support::ChildProcess& process) {
  const std::string text = process.Output() + process.Error();
  return text.size() > kTold ? text.substr(text.size() - kTold) : text;
}

}  // namespace

std::string FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  const std::string searched =
      absl::StrCat(path == nullptr ? "" : path, ":/usr/local/sbin:/usr/sbin");
  for (const absl::string_view directory : absl::StrSplit(searched, ':', absl::SkipEmpty())) {
    std::string file = absl::StrCat(directory, "/", name);
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

std::optional<nlohmann::json> SkippedWithout(const std::vector<std::string>& programs) {
  for (const std::string& program : programs) {
    if (FindProgram(program).empty()) return {{{"skipped", program + " is not installed"}}};
  }
  return std::nullopt;
}

PeerServer::PeerServer(std::vector<std::string> argv, support::ChildOptions options)
    : name_(argv[0]), process_(Bound(std::move(argv)), std::move(options)) {}

void PeerServer::WaitUntil(const std::function<bool()>& ready) {
  const bool came = support::Eventually(
      [&] { return ready() || process_.Wait(std::chrono::milliseconds(0)).has_value(); },
      kStartBound);
  if (process_.Wait(std::chrono::milliseconds(0)).has_value() || !came) {
    throw std::runtime_error(absl::StrCat(name_, " does not start: ", Written(process_)));
  }
}

std::string RunProgram(std::vector<std::string> argv) {
  const std::string name = argv[0];
  support::ChildProcess process(Bound(std::move(argv)));
  const auto exit = process.Wait(kStartBound);
  if (exit != support::ExitStatus{}) {
    throw std::runtime_error(absl::StrCat(name, " failed: ", Written(process)));
  }
  return process.Output();
}

}  // namespace rsca::bench
