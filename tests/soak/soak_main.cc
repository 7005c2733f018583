// The soak: registrations come and go on four pools of a real server while their workers are
// killed, stopped, recycled and starved at random. In the end every registration has had exactly
// one final outcome, no sequence has had a gap or a duplicate, no process, descriptor, socket or
// cgroup is left, and the server's memory is back.
//
//   rsca_soak [--seconds N] [--seed N] [--log FILE]
//
// It runs in rounds: load and chaos, then quiet, when everything must be as it was. The first round
// is to warm up: what the server holds after it is what it may hold after the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/soak/chaos.h"
#include "tests/soak/leftovers.h"
#include "tests/soak/load.h"
#include "tests/soak/server_log.h"
#include "tests/soak/soak_pools.h"

namespace rsca::soak {
namespace {

constexpr absl::Duration kRound = absl::Minutes(1);
constexpr absl::Duration kProgressEvery = absl::Seconds(10);
constexpr absl::Duration kLastLifeBound = absl::Minutes(3);

struct Options {
  absl::Duration time = absl::Minutes(30);
  std::uint64_t seed = 0;
  std::string log;
};

class Soak {
 public:
  explicit Soak(Options options)
      : options_(std::move(options)),
        tally_(options_.seed),
        server_(SoakConfig()),
        control_(Connect()),
        history_(&tally_, control_),
        leftovers_(&tally_, &history_, &server_, control_) {
    world_.tally = &tally_;
    world_.history = &history_;
    for (int i = 0; i < 3; ++i) {
      world_.clients.push_back(Connect());
      world_.stubs.push_back(v1::CustomActions::NewStub(server_.NewChannel()));
    }
  }

  // Whether every promise was kept.
  bool Run() {
    Random seeds(options_.seed);
    const absl::Duration time = std::min(kRound, options_.time / 2);
    world_.start = absl::Now();
    Holdings before;
    for (int round = 0; round < 2 || absl::Now() + time / 2 < world_.start + options_.time;
         ++round) {
      RunRound(time, seeds());
      leftovers_.AwaitQuiet();
      if (round == 0) before = leftovers_.Measure();
      leftovers_.Compare(before);
      PrintQuiet(round, leftovers_.Measure());
    }
    EndServer();
    PrintSummary();
    return tally_.broken() == 0;
  }

 private:
  client::Client Connect() const {
    client::ConnectOptions options;
    options.address = server_.address();
    return *client::Client::Connect(options);
  }

  void RunRound(absl::Duration time, std::uint64_t seed) {
    Load load(&world_, seed);
    {
      const Chaos chaos(&world_, control_, server_.pid(), seed + 1);
      const absl::Time end = absl::Now() + time;
      while (absl::Now() < end) {
        if (absl::Now() >= next_progress_) PrintProgress();
        absl::SleepFor(std::min(absl::Milliseconds(200), end - absl::Now()));
      }
      load.Stop();
    }
    if (load.WaitUntilQuiet(kLastLifeBound)) return;
    // Threads that wait for ever cannot be joined.
    tally_.Broken("the last registrations and runs", "to end", "calls that still wait");
    KeepLog();
    server_.Kill();
    std::_Exit(1);
  }

  void EndServer() {
    world_.clients.clear();
    world_.stubs.clear();
    history_.Stop();
    leftovers_.EndServer();
    CheckEnds(server_.dir().File("rscad.log"), world_.Names(), &tally_);
    if (testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed()) {
      tally_.Broken("the server under test", "to come up and to end", "the failure above");
    }
    if (tally_.broken() > 0) KeepLog();
  }

  void KeepLog() const {
    if (options_.log.empty()) return;
    std::error_code error;
    std::filesystem::copy_file(server_.dir().File("rscad.log"), options_.log,
                               std::filesystem::copy_options::overwrite_existing, error);
    std::cout << "the server's log: " << (error ? error.message() : options_.log) << std::endl;
  }

  std::string Counts() const {
    return absl::StrCat("begun ", tally_.Get("begun"), ", ended ", tally_.Get("ended"), ", live ",
                        tally_.Get("begun") - tally_.Get("ended"), ", results ",
                        tally_.results.load(), ", interruptions ", tally_.interruptions.load(),
                        "; ", tally_.List("chaos "));
  }

  void PrintProgress() {
    next_progress_ = absl::Now() + kProgressEvery;
    Print(absl::StrCat(Counts(), "; ", Describe(leftovers_.Measure())));
  }

  void PrintQuiet(int round, const Holdings& holdings) const {
    Print(absl::StrCat("quiet after round ", round + 1, ": ", Describe(holdings)));
  }

  static std::string Describe(const Holdings& holdings) {
    return absl::StrFormat("rscad has %.1f MiB, %d descriptors, %d threads",
                           static_cast<double>(holdings.resident_bytes) / (1 << 20), holdings.files,
                           holdings.threads);
  }

  void Print(const std::string& line) const {
    const std::int64_t seconds = absl::ToInt64Seconds(absl::Now() - world_.start);
    std::cout << absl::StrFormat("%02d:%02d  ", seconds / 60, seconds % 60) << line << std::endl;
  }

  void PrintSummary() const {
    std::cout << "seed " << options_.seed << ", "
              << absl::FormatDuration(absl::Trunc(absl::Now() - world_.start, absl::Seconds(1)))
              << ": " << Counts() << "\n  runs " << tally_.Get("runs") << ", joined again "
              << tally_.Get("joined again") << "\n  outcomes: " << tally_.List("outcome ")
              << "\n  refused: " << tally_.List("refused ")
              << "\n  workers' ends: " << tally_.List("exit ")
              << "\n  by rapid-fail protection stopped pools: " << tally_.Get("rapid-fail stops")
              << ", quarantines: " << tally_.Get("quarantines")
              << ", suspensions: " << tally_.Get("suspensions")
              << "\n  late by themselves: " << tally_.List("late by themselves: ")
              << "\n  connections lost: " << tally_.Get("connections lost")
              << (tally_.broken() == 0
                      ? std::string("\nEvery promise was kept.")
                      : absl::StrCat("\n", tally_.broken(), " promises were broken; seed ",
                                     options_.seed))
              << std::endl;
  }

  const Options options_;
  Tally tally_;
  support::RscadProcess server_;
  client::Client control_;
  History history_;
  Leftovers leftovers_;
  World world_;
  absl::Time next_progress_ = absl::InfinitePast();
};

std::optional<Options> ParseOptions(int argc, char** argv) {
  Options options;
  options.seed = static_cast<std::uint64_t>(absl::ToUnixMicros(absl::Now())) % 1'000'000;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    int seconds = 0;
    if (name == "--seconds" && absl::SimpleAtoi(value, &seconds) && seconds > 0) {
      options.time = absl::Seconds(seconds);
    } else if (name == "--log" && !value.empty()) {
      options.log = value;
    } else if (name != "--seed" || !absl::SimpleAtoi(value, &options.seed)) {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace
}  // namespace rsca::soak

int main(int argc, char** argv) {
  const auto options = rsca::soak::ParseOptions(argc, argv);
  if (!options) {
    std::cerr << "Usage: rsca_soak [--seconds N] [--seed N] [--log FILE]\n";
    return 2;
  }
  std::cout << "seed " << options->seed << std::endl;
  // What the server has freed goes back to the host, as far as malloc can: what it has resident is
  // then what it holds, and not how high the load was once.
  setenv("MALLOC_ARENA_MAX", "1", 1);
  setenv("MALLOC_MMAP_THRESHOLD_", "65536", 1);
  setenv("MALLOC_TRIM_THRESHOLD_", "131072", 1);
  return rsca::soak::Soak(*options).Run() ? 0 : 1;
}
