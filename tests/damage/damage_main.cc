// Damaged journals under a real server. A server makes a journal, round by round a bit of one of
// its files is flipped, or the file cut short, and
//   - the server does not start, and names the journal's damage; or it starts, and everything that
//     was read before is there with the same bytes, or an error says that it is not;
//   - where `rsca-journal verify` finds nothing, nothing is missing;
//   - `rsca-journal repair` leaves a journal that is sound and a server that starts, each
//     registration without a gap, and what is missing of it is told.
//
//   rsca_damage [--rounds N] [--seed N]
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/damage/known.h"
#include "tests/soak/random.h"
#include "tests/support/child_process.h"
#include "tests/support/health.h"
#include "tests/support/rscad_process.h"

namespace rsca::damage {
namespace {

namespace fs = std::filesystem;

using soak::Chance;
using soak::Pick;

constexpr int kRoundsPerLine = 20;

support::Config ServerConfig(const std::string& journal) {
  return support::Config()
      .Pool("default", {"counter"}, {{"restart_backoff_min", "10ms"}})
      .Set("journal.directory", journal)
      .Set("journal.sync", "off")  // what is killed are processes
      .Set("logging.level", "info");
}

// A server on a journal that it may refuse.
class Server {
 public:
  Server(const support::Config& config, const support::TempDir& dir) : log_(dir.File("log")) {
    support::Config mine = config;
    mine.Set("runtime_dir", dir.path());
    support::WriteFile(dir.File("rscad.yaml"), mine.Yaml());
    support::ChildOptions options;
    options.output_file = log_;
    options.error_file = log_;
    process_ = std::make_unique<support::ChildProcess>(
        std::vector<std::string>{support::RscadPath(), "--config", dir.File("rscad.yaml")},
        options);
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 50);
    channel_ = grpc::CreateCustomChannel("unix:" + dir.File("rscad.sock"),
                                         grpc::InsecureChannelCredentials(), arguments);
    stub_ = v1::CustomActions::NewStub(channel_);
    support::Eventually([this] {
      const auto soon = std::chrono::system_clock::now() + std::chrono::milliseconds(50);
      serves_ = channel_->WaitForConnected(soon) && support::Health(channel_) == "SERVING";
      return serves_ || process_->Wait(std::chrono::milliseconds(0)).has_value();
    });
  }
  ~Server() {
    process_->Signal(SIGKILL);
    process_->Wait();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  bool serves() const { return serves_; }
  v1::CustomActions::Stub* stub() const { return stub_.get(); }
  std::string log() const { return support::ReadFile(log_); }

 private:
  const std::string log_;
  std::unique_ptr<support::ChildProcess> process_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::CustomActions::Stub> stub_;
  bool serves_ = false;
};

struct Ran {
  int status = -1;
  std::string output;
};

Ran RunTool(const std::string& command, const std::string& journal) {
  support::ChildProcess process({RSCA_JOURNAL_TOOL, command, journal});
  const auto exit = process.Wait();
  return {exit.has_value() && exit->signal == 0 ? exit->status : -1,
          process.Output() + process.Error()};
}

class Hunt {
 public:
  Hunt(int rounds, uint64_t seed) : rounds_(rounds), random_(seed) {}

  bool Run() {
    MakeJournal();
    for (const auto& file : fs::directory_iterator(Original())) {
      std::cout << file.path().filename().string() << " " << file.file_size() << "\n";
    }
    for (int round = 1; round <= rounds_ && !Failed(); ++round) {
      RunRound(round);
      if (round % kRoundsPerLine != 0 && round != rounds_) continue;
      std::cout << "round " << round << ":";
      for (const auto& [what, count] : tally_) std::cout << " " << what << " " << count << ";";
      std::cout << std::endl;
    }
    std::cout << (Failed() ? "Damage went unnoticed." : "No damage went unnoticed.") << std::endl;
    return !Failed();
  }

 private:
  bool Failed() const {
    return broken_ || testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed();
  }
  std::string Original() const { return dir_.File("original"); }

  // Tables from several starts, a table of a flush while it ran, and logs.
  void MakeJournal() {
    support::RscadProcess server(ServerConfig(Original()));
    const auto add = [&](const char* function, const std::string& arguments, uint64_t events) {
      known_.push_back(std::make_unique<Known>(&timers_));
      known_.back()->Begin(server.stub(), function, arguments, events);
    };
    add("counter", R"({"count": 3000, "size": 100})", 10'000);
    add("restartable_counter", R"({"interval_ms": 5})", 200);
    server.Kill();
    server.Wait();
    server.Restart();
    add("counter", R"({"count": 1100, "size": 20000})", 10'000);
    add("counter", R"({"interval_ms": 1})", 300);
    add("restartable_counter", R"({"interval_ms": 2, "size": 2000})", 500);
    if (Chance(&random_, 50)) {
      server.Kill();
    } else {
      server.Terminate();
    }
    server.Wait();
  }

  std::string Damage(const std::string& journal) {
    std::vector<std::string> files;
    for (const auto& file : fs::directory_iterator(journal)) {
      if (file.file_size() > 0) files.push_back(file.path().string());
    }
    std::sort(files.begin(), files.end());
    const std::string path =
        files[static_cast<size_t>(Pick(&random_, 0, static_cast<int>(files.size()) - 1))];
    const int size = static_cast<int>(fs::file_size(path));
    // Ends are where much depends on little.
    const int at = Chance(&random_, 50) ? Pick(&random_, std::max(0, size - 300), size - 1)
                                        : Pick(&random_, 0, size - 1);
    if (Chance(&random_, 25)) {
      fs::resize_file(path, static_cast<uintmax_t>(at));
      return absl::StrCat(path, " cut short at ", at, " of ", size);
    }
    const int bit = Pick(&random_, 0, 7);
    std::string bytes = support::ReadFile(path);
    char& byte = bytes[static_cast<size_t>(at)];
    byte = static_cast<char>(byte ^ 1 << bit);
    support::WriteFile(path, bytes);
    return absl::StrCat(path, " bit ", bit, " of byte ", at, " of ", size);
  }

  void RunRound(int round) {
    const support::TempDir dir;
    const std::string journal = dir.File("journal");
    fs::copy(Original(), journal);
    round_ = absl::StrCat("round ", round, ": ", Damage(journal));
    const std::string mended = dir.File("mended");
    fs::copy(journal, mended);
    const Ran verified = RunTool("verify", journal);
    if (verified.status != 0 && verified.status != 1) Broken("verify", verified.output);
    CheckStart(dir, journal, verified);
    CheckRepair(dir, mended, verified);
  }

  void CheckStart(const support::TempDir& dir, const std::string& journal, const Ran& verified) {
    const Server server(ServerConfig(journal), dir);
    if (!server.serves()) {
      Count("refused");
      if (!absl::StrContains(server.log(), "is damaged")) Broken("no damage named", server.log());
      if (verified.status == 0) Broken("verify found nothing; the server did", server.log());
      return;
    }
    bool told = false;
    for (const auto& known : known_) {
      const Known::Verdict verdict = known->Check(server.stub(), /*repaired=*/false);
      if (!verdict.wrong.empty()) Broken(known->name(), verdict.wrong + "\n" + server.log());
      told = told || !verdict.told.empty();
    }
    Count(told ? "told" : "whole");
    if (told && verified.status == 0) Broken("verify found nothing; a reader did", server.log());
  }

  void CheckRepair(const support::TempDir& dir, const std::string& journal, const Ran& verified) {
    const Ran repaired = RunTool("repair", journal);
    if (repaired.status != 0) return Broken("repair", repaired.output);
    if (verified.status == 1 && !absl::StrContains(repaired.output, "copied to ")) {
      return Broken("no copy", repaired.output);
    }
    const Ran again = RunTool("verify", journal);
    if (again.status != 0) return Broken("verify after the repair", repaired.output + again.output);
    const Server server(ServerConfig(journal), dir);
    if (!server.serves()) return Broken("start after the repair", server.log());
    bool told = false;
    for (const auto& known : known_) {
      const Known::Verdict verdict = known->Check(server.stub(), /*repaired=*/true);
      if (!verdict.wrong.empty()) {
        Broken(known->name() + " after the repair",
               absl::StrCat(verdict.wrong, "\n", repaired.output));
      }
      told = told || !verdict.told.empty();
    }
    if (verified.status == 0 && told) Broken("a sound journal lost something", repaired.output);
    if (verified.status == 1) Count(told ? "repaired with losses" : "repaired whole");
  }

  void Count(const std::string& what) { ++tally_[what]; }
  void Broken(const std::string& what, const std::string& seen) {
    broken_ = true;
    std::cout << round_ << "\n  " << what << ": " << seen << std::endl;
  }

  const int rounds_;
  soak::Random random_;
  const support::TempDir dir_;
  ThreadTimers timers_;
  std::vector<std::unique_ptr<Known>> known_;
  std::map<std::string, int> tally_;
  std::string round_;
  bool broken_ = false;
};

}  // namespace
}  // namespace rsca::damage

int main(int argc, char** argv) {
  int rounds = 300;
  uint64_t seed = static_cast<uint64_t>(absl::ToUnixMicros(absl::Now())) % 1'000'000;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--rounds" && absl::SimpleAtoi(value, &rounds) && rounds > 0) continue;
    if (name == "--seed" && absl::SimpleAtoi(value, &seed)) continue;
    std::cerr << "Usage: rsca_damage [--rounds N] [--seed N]\n";
    return 2;
  }
  std::cout << "seed " << seed << std::endl;
  return rsca::damage::Hunt(rounds, seed).Run() ? 0 : 1;
}
