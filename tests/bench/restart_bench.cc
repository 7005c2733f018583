// How long a server takes to start on a journal with 10,000 durable registrations, and how much
// memory it has then, by how many results are stored of each: neither may grow with them.
//
//   rsca-restart-bench [--json]      prints a table, or one JSON object for each row
//
// The journal is written in the directory for temporary files (TMPDIR), as a server that was killed
// leaves it: in the middle of writing as fast as it can, or when there was nothing to write for a
// while. Its registrations are restartable and idle (bench_plugin.cc).
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "rsca/v1/result.pb.h"
#include "server/actions/stored_registration.h"
#include "server/journal/format.h"
#include "server/journal/store.h"
#include "tests/support/calls.h"
#include "tests/support/proc.h"
#include "tests/support/rscad_process.h"

namespace rsca::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kRegistrations = 10'000;
constexpr size_t kResponseBytes = 64;
constexpr uint32_t kCost = kResponseBytes + 96;

double MillisSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

std::string IdOf(uint64_t number) { return absl::StrFormat("%032x", number); }

std::string RecordOf(uint64_t number) {
  actions::StoredRegistration registration;
  registration.id = IdOf(number);
  registration.request.function = "bench.idle";
  registration.request.owner = "local";
  registration.request.durable = true;
  registration.request.ttl = absl::Hours(24);
  registration.pool = "default";
  registration.restartable = true;
  registration.create_time = absl::Now();
  return Encode(registration);
}

std::string EntryOf(uint64_t sequence) {
  std::string value;
  journal::AppendEntryHeader({false, sequence * kCost, kCost, 0}, &value);
  v1::ResultStreamResponse response;
  v1::Result* const result = response.add_results();
  result->set_sequence(sequence);
  result->set_response(std::string(kResponseBytes, 'x'));
  result->mutable_report_time()->set_seconds(absl::ToUnixSeconds(absl::Now()));
  return value + response.SerializeAsString();
}

// As a server's journal does in quiet seconds: there is nothing to replay, and files are merged.
void Settle(journal::Store* store) {
  if (!store->Flush(/*wait=*/true).ok()) std::abort();
  const auto files = [store] {
    std::set<std::string> paths;
    for (const journal::Store::File& file : store->Files()) paths.insert(file.path);
    return paths;
  };
  std::set<std::string> before;
  while (before != files()) {
    before = files();
    absl::SleepFor(absl::Seconds(2));
  }
}

// Round by round, as they would have come.
void WriteJournal(const std::string& directory, uint64_t results, bool settled) {
  journal::StoreOptions options;
  options.directory = directory;
  std::filesystem::create_directories(directory);
  const std::unique_ptr<journal::Store> store = *journal::Store::Open(options);
  if (!store->BeginMerging().ok()) std::abort();
  const auto write = [&](rocksdb::WriteBatch* batch) {
    if (!store->Write(batch, /*sync=*/false).ok()) std::abort();
    batch->Clear();
  };
  journal::Header header;
  header.id = journal::NewJournalId();
  rocksdb::WriteBatch batch;
  batch.Put(journal::HeaderKey(), EncodeHeader(header));
  for (uint64_t log = 1; log <= kRegistrations; ++log) {
    batch.Put(journal::RecordKey(log), RecordOf(log));
  }
  write(&batch);
  for (uint64_t sequence = 1; sequence <= results; ++sequence) {
    const std::string entry = EntryOf(sequence);
    for (uint64_t log = 1; log <= kRegistrations; ++log) {
      batch.Put(journal::EntryKey(log, sequence), entry);
      batch.Put(journal::ExtentKey(log),
                journal::EncodeExtent({1, sequence, 0, sequence * kCost, 0}));
    }
    write(&batch);
  }
  if (settled) Settle(store.get());
}

bool IsActive(const v1::Registration& registration) {
  return registration.state() == v1::Registration::STATE_ACTIVE;
}

bool AllAreActive(v1::CustomActions::Stub* stub) {
  // They begin again one after the other; the list is long, so it is not asked for too early.
  const std::string last = "registrations/" + IdOf(kRegistrations);
  if (!IsActive(support::GetRegistration(stub, last).response)) return false;
  const auto all = support::ListRegistrations(stub, 1000);
  return all.size() == kRegistrations && std::all_of(all.begin(), all.end(), IsActive);
}

nlohmann::json Measure(uint64_t results, bool settled) {
  const support::TempDir directory;
  WriteJournal(directory.File("journal"), results, settled);
  const Clock::time_point begin = Clock::now();
  const support::RscadProcess server(support::Config()
                                         .Pool("default", {"bench"})
                                         .Set("journal.directory", directory.File("journal"))
                                         .Set("logging.level", "info")
                                         .Set("timeouts.drain", "30s"));
  const double serving = MillisSince(begin);
  const auto rss = [&] {
    return static_cast<double>(support::ResidentBytes(server.pid())) / (1 << 20);
  };
  const double serving_mib = rss();
  if (!support::Eventually([&] { return AllAreActive(server.stub()); })) std::abort();
  return {{"registrations", kRegistrations},
          {"results_each", results},
          {"killed", settled ? "quiet" : "writing"},
          {"serving_ms", serving},
          {"serving_mib", serving_mib},
          {"active_ms", MillisSince(begin)},
          {"active_mib", rss()}};
}

void Print(const nlohmann::json& row) {
  std::printf("%-14lld %13lld  %-8s %11.0f ms %8.1f MiB %13.0f ms %8.1f MiB\n",
              row["registrations"].get<long long>(), row["results_each"].get<long long>(),
              row["killed"].get<std::string>().c_str(), row["serving_ms"].get<double>(),
              row["serving_mib"].get<double>(), row["active_ms"].get<double>(),
              row["active_mib"].get<double>());
  std::fflush(stdout);
}

void Main(bool json) {
  if (!json) {
    std::printf("%-14s %13s  %-8s %14s %12s %16s %12s\n", "registrations", "results each", "killed",
                "serving after", "memory", "all active after", "memory");
  }
  for (const bool settled : {true, false}) {
    for (const uint64_t results : std::initializer_list<uint64_t>{1, 10, 100, 1000}) {
      const nlohmann::json row = Measure(results, settled);
      if (json) {
        std::cout << row.dump() << std::endl;
      } else {
        Print(row);
      }
    }
  }
}

}  // namespace
}  // namespace rsca::bench

int main(int argc, char** argv) {
  const bool json = argc == 2 && std::strcmp(argv[1], "--json") == 0;
  if (argc > 1 && !json) {
    std::cerr << "Usage: rsca-restart-bench [--json]\n";
    return 2;
  }
  rsca::bench::Main(json);
  return testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed() ? 1 : 0;
}
