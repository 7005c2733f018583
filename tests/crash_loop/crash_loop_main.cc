// The crash loop: durable registrations are made, read, left, joined again and unregistered while
// their server is killed, hundreds of times and at random moments, and their workers with it or on
// their own. After every restart everything that a client has read is there with the same bytes, no
// sequence has a gap or a duplicate, an unregister that was agreed to stays done, and what ended
// has ended once.
//
//   rsca_crash_loop [--rounds N] [--sync always|interval|off] [--seed N] [--log FILE]
//
// What is killed are processes: so each policy makes the same promise.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/crash_loop/watched.h"
#include "tests/soak/random.h"
#include "tests/support/calls.h"
#include "tests/support/proc.h"
#include "tests/support/rscad_process.h"

namespace rsca::crash_loop {
namespace {

using soak::Chance;
using soak::Pick;
using soak::Random;

constexpr std::size_t kMostLive = 10;
// Everything is read again in each round, while more comes. Where reading is slow, as under a
// sanitizer, more would come than can be read, without end.
constexpr int kMostResults = 3'000;            // of a conversation
constexpr std::uint64_t kManyEvents = 10'000;  // of a registration
constexpr int kRoundsPerLine = 10;
constexpr char kMostBytes[] = "1099511627776";

struct Options {
  int rounds = 300;
  std::uint64_t seed = 0;
  std::string sync = "always";
  std::string log;
};

support::Config ServerConfig(const Options& options) {
  return support::Config()
      .Pool("default", {"counter"}, {{"restart_backoff_min", "10ms"}})
      .Set("journal.sync", options.sync)
      .Set("journal.sync_interval", "20ms")
      // Those that live through hundreds of rounds would pass the default: nothing is to be
      // dropped.
      .Set("journal.bytes_per_registration", kMostBytes)
      .Set("journal.bytes", kMostBytes)
      .Set("logging.level", "info");
}

class CrashLoop {
 public:
  explicit CrashLoop(Options options)
      : options_(std::move(options)),
        random_(options_.seed),
        tally_(options_.seed),
        server_(ServerConfig(options_)) {}

  // Whether every promise was kept.
  bool Run() {
    for (int round = 1; round <= options_.rounds; ++round) {
      RunRound();
      if (round % kRoundsPerLine == 0 || round == options_.rounds) Print(round);
      if (Failed()) break;
    }
    if (!Failed()) EndAll();
    VerifyShown();
    if (Failed()) KeepLog();
    std::cout << "seed " << options_.seed << ", sync " << options_.sync
              << "; outcomes: " << tally_.List("outcome ")
              << (Failed() ? "\nPromises were broken." : "\nEvery promise was kept.") << std::endl;
    return !Failed();
  }

 private:
  // What one registration goes through before the server is killed.
  struct Part {
    Watched* watched = nullptr;
    bool registers = false;
    bool unregisters = false;
    std::uint64_t events = 0;  // before it goes away
  };

  bool Failed() const {
    return tally_.broken() > 0 || testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed();
  }

  void RunRound() {
    Deeds deeds;
    AddNew();
    const std::vector<Part> parts = Cast();
    std::vector<std::thread> threads;
    threads.reserve(parts.size());
    for (const Part& part : parts) {
      threads.emplace_back([this, part] { Play(part); });
    }
    EndServer(&deeds);
    for (std::thread& thread : threads) thread.join();
    server_.Restart();
    if (Chance(&random_, 20)) {
      // Again while it takes up what the last one left.
      KillServer();
      server_.Restart();
    }
    for (const auto& watched : watched_) {
      // A register that nobody heard an answer to may have been accepted, or is now.
      const bool known = watched->registered();
      if (!known) watched->Register(server_.stub(), 1);
      if (watched->registered()) watched->Verify(server_.stub(), deeds, known);
    }
    Retire();
  }

  void AddNew() {
    for (int i = Pick(&random_, 1, 3); i > 0 && watched_.size() < kMostLive; --i) {
      soak::ActionSpec spec;
      spec.pool = "default";
      spec.restartable = Chance(&random_, 60);
      spec.function = spec.restartable ? "restartable_counter" : "counter";
      spec.interval_ms = Chance(&random_, 30) ? 0 : Pick(&random_, 1, 5);
      spec.size = Chance(&random_, 20) ? static_cast<std::size_t>(Pick(&random_, 1, 5'000)) : 0;
      const bool few = spec.interval_ms == 0 || Chance(&random_, 20);
      spec.count = static_cast<std::uint64_t>(few ? Pick(&random_, 0, kMostResults) : kMostResults);
      const std::string request_id =
          absl::StrFormat("%08x-%04x-4%03x-8%03x-%012x", random_() & 0xffffffff, random_() & 0xffff,
                          random_() & 0xfff, random_() & 0xfff, random_() & 0xffffffffffff);
      watched_.push_back(std::make_unique<Watched>(&tally_, &timers_, spec, request_id));
    }
  }

  std::vector<Part> Cast() {
    std::vector<Part> parts;
    for (const auto& watched : watched_) {
      Part part;
      part.watched = watched.get();
      part.registers = !watched->registered() || Chance(&random_, 20);
      part.unregisters =
          watched->registered() && (Chance(&random_, 15) || watched->held() > kManyEvents);
      part.events =
          Chance(&random_, 40) ? static_cast<std::uint64_t>(Pick(&random_, 0, 300)) : Watched::kAll;
      parts.push_back(part);
    }
    return parts;
  }

  void Play(const Part& part) {
    if (part.unregisters) part.watched->Unregister(server_.stub());
    if (part.watched->ended()) return;
    if (part.registers) {
      part.watched->Register(server_.stub(), part.events);
    } else {
      part.watched->Read(server_.stub(), part.events);
    }
  }

  void EndServer(Deeds* deeds) {
    const auto wait = [this](int most) {
      absl::SleepFor(absl::Milliseconds(Pick(&random_, 0, most)));
    };
    wait(300);
    if (Chance(&random_, 25)) {
      deeds->killed_worker = true;
      for (const pid_t pid : server_.WorkerPids()) support::SendSignal(pid, SIGKILL);
      tally_.Count("workers killed");
      wait(200);
    }
    if (Chance(&random_, 15)) {
      deeds->stopped_server = true;
      server_.Terminate();
      tally_.Count("stopped");
      wait(100);
    }
    KillServer();
  }

  void KillServer() {
    server_.Kill();
    server_.Wait();
    tally_.Count("killed");
  }

  // Those that have ended are looked at again in the end.
  void Retire() {
    const auto ended = std::stable_partition(watched_.begin(), watched_.end(),
                                             [](const auto& one) { return !one->ended(); });
    // One more round for some of them.
    for (auto i = ended; i != watched_.end();) {
      if (Chance(&random_, 30)) {
        ++i;
        continue;
      }
      retired_.push_back(std::move(*i));
      i = watched_.erase(i);
    }
  }

  void EndAll() {
    for (const auto& watched : watched_) {
      if (!watched->registered()) continue;
      watched->Unregister(server_.stub());
      watched->Verify(server_.stub(), {}, /*known=*/true);
    }
    for (auto& watched : watched_) retired_.push_back(std::move(watched));
    watched_.clear();
  }

  void VerifyShown() {
    std::map<std::string, v1::Registration> shown;
    for (const v1::Registration& one : support::ListRegistrations(server_.stub())) {
      shown[one.name()] = one;
    }
    std::size_t expected = 0;
    for (const auto* all : {&watched_, &retired_}) {
      for (const auto& watched : *all) {
        if (!watched->registered()) continue;
        ++expected;
        watched->VerifyShown(shown[watched->name()]);
      }
    }
    if (!Failed() && shown.size() != expected) {
      tally_.Broken("the list of registrations", absl::StrCat(expected),
                    absl::StrCat(shown.size()));
    }
  }

  void Print(int round) const {
    std::cout << "round " << round << ": killed " << tally_.Get("killed") << ", of these "
              << tally_.Get("stopped") << " while stopping; workers killed "
              << tally_.Get("workers killed") << "; registered " << tally_.Get("registered")
              << ", joined by request id " << tally_.Get("joined by request id") << ", refused "
              << tally_.Get("refused") << ", unregistered " << tally_.Get("unregistered")
              << "; results " << tally_.results.load() << ", interruptions "
              << tally_.interruptions.load() << ", replays " << tally_.Get("replays") << std::endl;
  }

  void KeepLog() const {
    if (options_.log.empty()) return;
    std::error_code error;
    std::filesystem::copy_file(server_.dir().File("rscad.log"), options_.log,
                               std::filesystem::copy_options::overwrite_existing, error);
    std::cout << "the server's log: " << (error ? error.message() : options_.log) << std::endl;
  }

  const Options options_;
  Random random_;
  soak::Tally tally_;
  ThreadTimers timers_;
  support::RscadProcess server_;
  std::vector<std::unique_ptr<Watched>> watched_;
  std::vector<std::unique_ptr<Watched>> retired_;
};

std::optional<Options> ParseOptions(int argc, char** argv) {
  Options options;
  options.seed = static_cast<std::uint64_t>(absl::ToUnixMicros(absl::Now())) % 1'000'000;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--rounds" && absl::SimpleAtoi(value, &options.rounds) && options.rounds > 0) {
      continue;
    }
    if (name == "--seed" && absl::SimpleAtoi(value, &options.seed)) continue;
    if (name == "--sync" && (value == "always" || value == "interval" || value == "off")) {
      options.sync = value;
    } else if (name == "--log" && !value.empty()) {
      options.log = value;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace
}  // namespace rsca::crash_loop

int main(int argc, char** argv) {
  const auto options = rsca::crash_loop::ParseOptions(argc, argv);
  if (!options) {
    std::cerr << "Usage: rsca_crash_loop [--rounds N] [--sync always|interval|off] [--seed N] "
                 "[--log FILE]\n";
    return 2;
  }
  std::cout << "seed " << options->seed << std::endl;
  return rsca::crash_loop::CrashLoop(*options).Run() ? 0 : 1;
}
