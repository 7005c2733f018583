// A journal as a server leaves it, and the real rsca-journal to look at it.
#ifndef RSCA_TESTS_UNIT_SERVER_JOURNAL_TOOL_JOURNAL_TOOL_FIXTURE_H_
#define RSCA_TESTS_UNIT_SERVER_JOURNAL_TOOL_JOURNAL_TOOL_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rsca/journal/v1/registration_record.pb.h"
#include "rsca/v1/result.pb.h"
#include "tests/support/child_process.h"
#include "tests/unit/server/journal/journal_fixture.h"

namespace rsca::journal {

// How the program ended.
struct Ran {
  int status = -1;  // -1: a signal
  std::string output;
  std::string error;
};

inline Ran RunTool(std::vector<std::string> words) {
  words.insert(words.begin(), RSCA_JOURNAL_TOOL);
  support::ChildProcess process(words);
  const auto exit = process.Wait();
  Ran ran{-1, process.Output(), process.Error()};
  if (exit.has_value() && exit->signal == 0) ran.status = exit->status;
  return ran;
}

// Responses by registration id and sequence.
using Results = std::map<std::string, std::map<uint64_t, std::string>>;

class JournalToolTest : public JournalTest {
 protected:
  // Registrations `live`, `busy` (both live), `ended` and `trimmed` (live; retention has dropped
  // the first ten). Their results are in several files.
  void MakeJournal() {
    for (const int part : {1, 2, 3}) {
      Open();
      std::vector<std::shared_ptr<DurableResultLog>> logs = TakeLogs();
      for (const auto& log : logs) {
        if (ids_[log->number()] != "ended") Report(log.get(), 60, /*final=*/false);
      }
      if (part == 2) Report(logs[2].get(), 80, /*final=*/true);
      if (part == 3) logs[3]->DropBytes(10 * (kResponseBytes + kCostBesideResponse));
      Flush();
      journal_->EnforceRetention();
      Flush();
      logs.clear();
      Close();
    }
  }

  std::vector<std::shared_ptr<DurableResultLog>> TakeLogs() {
    std::vector<std::shared_ptr<DurableResultLog>> logs;
    for (const auto& recovered : journal_->TakeRecovered()) {
      EXPECT_TRUE(budget_.Reserve(kReserved));
      logs.push_back(journal_->MakeLog(recovered.place, kReserved, [](uint64_t) {}));
    }
    if (!logs.empty()) return logs;
    for (const char* id : {"live", "busy", "ended", "trimmed"}) {
      logs.push_back(MakeLog(Record(id, v1::RegistrationRecord::STATE_ACTIVE)));
      ids_[logs.back()->number()] = id;
    }
    return logs;
  }

  static std::string Record(const std::string& id, v1::RegistrationRecord::State state) {
    v1::RegistrationRecord record;
    record.set_id(id);
    record.set_function("file.tail");
    record.set_owner("local");
    record.set_state(state);
    record.mutable_create_time()->set_seconds(1'800'000'000);
    if (state == v1::RegistrationRecord::STATE_ENDED) {
      record.mutable_outcome()->set_kind(rsca::v1::Outcome::KIND_COMPLETED);
      record.mutable_outcome()->set_message("the plug-in reported its final result");
    }
    return record.SerializeAsString();
  }

  void Report(DurableResultLog* log, int count, bool final) {
    const std::string id = ids_[log->number()];
    for (int i = 1; i <= count; ++i) {
      rsca::v1::ResultStreamResponse response;
      rsca::v1::Result* const result = response.add_results();
      result->set_sequence(results_[id].size() + 1);
      result->set_response(RandomText());
      if (final && i == count) {
        result->set_final(true);
        result->mutable_outcome()->set_kind(rsca::v1::Outcome::KIND_COMPLETED);
        log->PutRecord(Record(id, v1::RegistrationRecord::STATE_ENDED));
      }
      results_[id][result->sequence()] = result->response();
      std::vector<Entry> entries;
      entries.push_back({grpc::Slice(response.SerializeAsString()),
                         result->response().size() + kCostBesideResponse});
      log->Append(std::move(entries)).Wake();
      // Commits of their own, so that damage may fall between any two of them.
      if (i % 10 == 0) Flush();
    }
  }

  // Does not compress.
  std::string RandomText() {
    std::string text(kResponseBytes, 0);
    for (char& c : text) c = static_cast<char>(' ' + random_() % 95);
    return text;
  }

  static Results Exported(const std::string& directory) {
    const Ran ran = RunTool({"export", directory});
    EXPECT_EQ(ran.status, 0) << ran.error;
    Results results;
    for (const auto line : absl::StrSplit(ran.output, '\n', absl::SkipEmpty())) {
      const nlohmann::json json = nlohmann::json::parse(line);
      const std::string id = json["registration"].get<std::string>().substr(14);
      if (json["event"] == "registration") {
        results[id];
      } else {
        results[id][json["sequence"]] = json["response"];
      }
    }
    return results;
  }

  std::vector<std::string> Files(const std::string& ending) const {
    std::vector<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(options_.directory)) {
      const std::string name = file.path().filename().string();
      if (name.find(ending) != std::string::npos) files.push_back(file.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  std::string Newest(const std::string& ending) const {
    const std::vector<std::string> files = Files(ending);
    EXPECT_FALSE(files.empty()) << ending;
    return files.empty() ? "" : files.back();
  }
  static void FlipBit(const std::string& path, size_t at) {
    std::string bytes = support::ReadFile(path);
    ASSERT_LT(at, bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    support::WriteFile(path, bytes);
  }

  // The journals that repairs have kept.
  std::vector<std::string> Copies() const {
    std::vector<std::string> copies;
    for (const auto& file : std::filesystem::directory_iterator(dir_.path())) {
      if (file.path().string().find("before-repair") != std::string::npos) {
        copies.push_back(file.path().string());
      }
    }
    return copies;
  }

  static constexpr size_t kResponseBytes = 300;
  static constexpr uint64_t kCostBesideResponse = 96;

  std::mt19937 random_{4711};  // NOLINT(cert-msc51-cpp): the same damage each time
  std::map<uint64_t, std::string> ids_;
  Results results_;
};

}  // namespace rsca::journal

#endif  // RSCA_TESTS_UNIT_SERVER_JOURNAL_TOOL_JOURNAL_TOOL_FIXTURE_H_
