// What the parts of a result's road cost, each alone on one thread: numbering and encoding, a
// window, the journal. Google Benchmark; items are results, of 64 bytes.
//
//   rsca-parts-bench [--benchmark_filter=REGEX] [--help]
//
// The journal is written in the directory for temporary files (TMPDIR): that disk is measured.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/actions/registration.h"
#include "server/journal/journal.h"
#include "server/journal/memory_result_log.h"
#include "server/rpc/wire_encoder.h"
#include "tests/support/fake_timers.h"
#include "tests/support/temp_dir.h"

namespace rsca::bench {
namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 50;
constexpr uint64_t kWindowBytes = 8 << 20;
constexpr uint64_t kCost = 64 + 96;
constexpr size_t kMessageBytes = 1 << 20;

void CountItems(benchmark::State* state, int64_t items_each) {
  state->SetItemsProcessed(state->iterations() * items_each);
}

class NoListener final : public journal::ReaderListener {
 public:
  void OnReadable() override {}
};

std::vector<journal::Entry> MakeEntries(const grpc::Slice& block, size_t count) {
  std::vector<journal::Entry> entries;
  entries.reserve(count);
  const size_t size = block.size() / count;
  for (size_t i = 0; i < count; ++i) {
    entries.push_back({{block, i * size, (i + 1) * size}, kCost});
  }
  return entries;
}

// So many results of one read from the worker, in their wire form.
void EncodeResults(benchmark::State& state) {
  const rpc::WireEncoder encoder;
  const std::string response(64, 'x');
  const absl::Time now = absl::Now();
  std::vector<actions::NumberedResult> results(static_cast<size_t>(state.range(0)));
  for (size_t i = 0; i < results.size(); ++i) results[i] = {i + 1'000'000, 0, response, now};
  std::vector<size_t> ends;
  for (auto _ : state) {
    ends.clear();
    benchmark::DoNotOptimize(encoder.EncodeResults(results, &ends));
  }
  CountItems(&state, state.range(0));
}
BENCHMARK(EncodeResults)->Arg(1)->Arg(16)->Arg(256);

// A plug-in that the benchmark plays.
class Starter final : public workers::ActionStarter {
 public:
  class Handle final : public workers::ActionHandle {
   public:
    void Stop(bool /*discard*/) override {}
    void Grant(uint64_t /*bytes*/) override {}
    void RefuseReports(int32_t /*hresult*/) override {}
  };
  absl::StatusOr<std::unique_ptr<workers::ActionHandle>> Start(
      const std::string& /*pool*/, const workers::StartRequest& /*request*/,
      std::shared_ptr<workers::ActionListener> started) override {
    listener = std::move(started);
    return std::make_unique<Handle>();
  }
  std::shared_ptr<workers::ActionListener> listener;
};

class Owner final : public actions::RegistrationOwner {
 public:
  void OnEnded(const actions::Registration& /*registration*/) override {}
  void OnOver(const std::shared_ptr<actions::Registration>& /*registration*/,
              bool /*refused*/) override {}
};

// Reports become numbered entries of the registration's window, which nobody reads.
void NumberReports(benchmark::State& state) {
  FakeTimers timers;
  Starter starter;
  Owner owner;
  journal::WindowBudget budget(kNoLimit);
  const rpc::WireEncoder encoder;
  actions::RegistrationContext context;
  context.limits.credit_bytes = kWindowBytes;
  context.limits.window_bytes_per_registration = kWindowBytes;
  context.limits.streams_per_registration = 1;
  context.starter = &starter;
  context.timers = &timers;
  context.budget = &budget;
  context.encoder = &encoder;
  context.owner = &owner;
  workers::Function function;
  function.name = "f";
  const auto registration = *actions::Registration::Make(&context, {}, function);
  registration->Begin();
  starter.listener->OnStarted();
  auto attachment = *registration->Attach(0, std::make_shared<NoListener>());
  const std::string response(64, 'x');
  std::vector<workers::Report> reports(static_cast<size_t>(state.range(0)));
  for (workers::Report& report : reports) {
    report.response = response;
    report.report_time = absl::Now();
  }
  std::vector<grpc::Slice> read;
  const journal::ReadLimits all = {SIZE_MAX, SIZE_MAX, true};
  for (auto _ : state) {
    starter.listener->OnReports(absl::MakeSpan(reports));
    attachment.reader->Read(all, &read);
    read.clear();
  }
  CountItems(&state, state.range(0));
}
BENCHMARK(NumberReports)->Arg(1)->Arg(16)->Arg(256);

// A window that is read as soon as something has come: each result in a slice of its own (one a
// message), or joined (256 a message).
void ReadWindow(benchmark::State& state) {
  journal::WindowBudget budget(kNoLimit);
  const auto log = journal::MemoryResultLog::Make(kWindowBytes, 0, &budget, [](uint64_t) {});
  const auto reader = *log->OpenReader(0, std::make_shared<NoListener>());
  constexpr size_t kResults = 256;
  const journal::ReadLimits limits = {kResults, kMessageBytes, state.range(0) != 0};
  const std::string bytes(kResults * 90, 'x');
  std::vector<grpc::Slice> read;
  for (auto _ : state) {
    log->Append(MakeEntries(grpc::Slice(bytes), kResults)).Wake();
    reader->Read(limits, &read);
    read.clear();
  }
  CountItems(&state, kResults);
}
BENCHMARK(ReadWindow)->ArgName("joined")->Arg(0)->Arg(1);

class NoJournalListener final : public journal::JournalListener {
 public:
  void OnJournalStatus(const absl::Status& status) override {
    if (!status.ok()) std::abort();
  }
};

// A journal with some logs of equal length.
class JournalOf {
 public:
  JournalOf(journal::SyncPolicy::Kind sync, size_t logs) {
    journal::JournalOptions options;
    options.directory = directory_.File("journal");
    options.sync = {sync, absl::Milliseconds(10), 4 << 20};
    journal_ = *journal::Journal::Open(options, &budget_, &timers_, &listener_);
    for (size_t i = 0; i < logs; ++i) {
      logs_.push_back(journal_->MakeLog(0, [](uint64_t) {}));
      logs_.back()->PutRecord("record");
    }
  }
  ~JournalOf() { logs_.clear(); }

  // Appends so many results to each log, and waits until they are committed.
  void Append(size_t results) {
    const std::string bytes(results * 90, 'x');
    for (const auto& log : logs_) log->Append(MakeEntries(grpc::Slice(bytes), results)).Wake();
    journal_->Flush(absl::InfiniteDuration());
  }
  const std::vector<std::shared_ptr<journal::DurableResultLog>>& logs() const { return logs_; }

 private:
  const support::TempDir directory_;
  FakeTimers timers_;
  journal::WindowBudget budget_{kNoLimit};
  NoJournalListener listener_;
  std::unique_ptr<journal::Journal> journal_;
  std::vector<std::shared_ptr<journal::DurableResultLog>> logs_;
};

// Until what was appended is committed: always, each is a sync; off, none is.
void AppendToJournal(benchmark::State& state) {
  const auto sync =
      state.range(0) != 0 ? journal::SyncPolicy::Kind::kAlways : journal::SyncPolicy::Kind::kOff;
  JournalOf journal(sync, static_cast<size_t>(state.range(1)));
  constexpr size_t kResults = 16;
  for (auto _ : state) journal.Append(kResults);
  CountItems(&state, state.range(1) * static_cast<int64_t>(kResults));
}
BENCHMARK(AppendToJournal)
    ->ArgNames({"synced", "logs"})
    ->Args({0, 1})
    ->Args({0, 64})
    ->Args({1, 1})
    ->Args({1, 64})
    ->UseRealTime();

// A reader from the first result on, that of many other logs lie between.
void Replay(benchmark::State& state) {
  constexpr size_t kResults = 10'000;
  constexpr size_t kAtOnce = 256;
  JournalOf journal(journal::SyncPolicy::Kind::kOff, 16);
  for (size_t i = 0; i < kResults; i += 100) journal.Append(100);
  const journal::ReadLimits limits = {kAtOnce, kMessageBytes, state.range(0) != 0};
  std::vector<grpc::Slice> read;
  for (auto _ : state) {
    const auto reader = *journal.logs().front()->OpenReader(0, std::make_shared<NoListener>());
    size_t count = 0;
    while (count < kResults) {
      const size_t more = reader->Read(limits, &read);
      if (more == 0) std::abort();
      count += more;
      read.clear();
    }
  }
  CountItems(&state, kResults);
}
BENCHMARK(Replay)->ArgName("joined")->Arg(0)->Arg(1);

}  // namespace
}  // namespace rsca::bench

BENCHMARK_MAIN();
