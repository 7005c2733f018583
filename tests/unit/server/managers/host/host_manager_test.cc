// The manager as a worker has it: the built library, through the framework's interfaces.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/plugin_fixture.h"

namespace rsca::managers {
namespace {

using Json = nlohmann::json;

class HostManager : public ::testing::Test {
 protected:
  Plugin plugin_{RSCA_TEST_PLUGIN};
  RecorderPtr recorder_ = MakeRecorder();
};

auto AtLeast(size_t count) {
  return [count](const Results& all) { return all.size() >= count; };
}

TEST_F(HostManager, ListsItsFunctionsWithSchemasThatRefuseUnknownFields) {
  const auto functions = plugin_.Functions();
  ASSERT_EQ(functions.size(), 2U);
  EXPECT_EQ(std::wstring(functions[0].pszName), L"host.info");
  EXPECT_EQ(functions[0].dwAnswers, DWORD{RSCA_ANSWERS_ONCE});
  EXPECT_EQ(std::wstring(functions[1].pszName), L"host.metrics");
  EXPECT_EQ(functions[1].dwAnswers, DWORD{RSCA_ANSWERS_MANY});
  for (const RSCA_FUNCTION& function : functions) {
    const Json schema = Json::parse(WideToUtf8(function.pszArgumentsSchema).value());
    EXPECT_EQ(schema["additionalProperties"], false);
    EXPECT_EQ(std::wstring(function.pszResponseContentType), L"application/json");
    EXPECT_TRUE(function.dwSemantics & RSCA_READ_ONLY);
  }
}

TEST_F(HostManager, InfoAnswersOnce) {
  const RecordedResult result = plugin_.Run(L"host.info", "{}");
  EXPECT_EQ(result.status, S_OK);
  const Json info = Json::parse(result.response);
  EXPECT_FALSE(info["hostname"].get<std::string>().empty());
  EXPECT_GT(info["memory_bytes"], 0);
  EXPECT_GT(info["cpu"]["count"], 0);
}

TEST_F(HostManager, MetricsEndAfterCountSamplesAndTheLastIsFinal) {
  ASSERT_EQ(plugin_.Register(1, L"host.metrics", R"({"interval_ms": 100, "count": 3})", recorder_),
            S_OK);
  ASSERT_TRUE(recorder_->WaitForFinal());
  const Results results = recorder_->results();
  ASSERT_EQ(results.size(), 3U);
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].status, S_OK);
    EXPECT_EQ(results[i].final, i == 2);
    const Json sample = Json::parse(results[i].response);
    EXPECT_GE(sample["interval_seconds"], 0.0);
    EXPECT_GT(sample["memory"]["available_bytes"], 0);
    EXPECT_GE(sample["load"]["threads"], 1);
    EXPECT_FALSE(sample["network"].empty());
    EXPECT_FALSE(sample["time"].get<std::string>().empty());
  }
  EXPECT_TRUE(recorder_->WaitForRelease());
}

TEST_F(HostManager, MetricsFractionsOfTheProcessorsAddUpToOne) {
  ASSERT_EQ(plugin_.Register(1, L"host.metrics", R"({"interval_ms": 100})", recorder_), S_OK);
  // On a busy host a sample may come so late that the next one covers no tick of the kernel's
  // clock.
  Json cpu;
  ASSERT_TRUE(recorder_->WaitFor([&cpu](const Results& all) {
    if (!all.empty()) cpu = Json::parse(all.back().response)["cpu"];
    return cpu.contains("total") && cpu.contains("cores");
  }));
  EXPECT_EQ(plugin_.Unregister(1), S_OK);
  const auto sum = [](const Json& fractions) {
    double all = 0;
    for (const auto& [name, value] : fractions.items()) {
      if (name != "core") all += value.get<double>();
    }
    return all;
  };
  EXPECT_NEAR(sum(cpu["total"]), 1.0, 0.001);
  for (const Json& core : cpu["cores"]) EXPECT_NEAR(sum(core), 1.0, 0.001) << core;
}

TEST_F(HostManager, UnregisterDoesNotWaitForTheInterval) {
  // The test's own time limit is far below this interval.
  ASSERT_EQ(plugin_.Register(7, L"host.metrics", R"({"interval_ms": 86400000})", recorder_), S_OK);
  EXPECT_EQ(plugin_.Unregister(7), S_OK);
  EXPECT_TRUE(recorder_->WaitForRelease());
  EXPECT_EQ(recorder_->late(), 0);
  EXPECT_TRUE(recorder_->results().empty());
}

TEST_F(HostManager, ShutdownEndsMetricsThatRun) {
  ASSERT_EQ(plugin_.Register(1, L"host.metrics", R"({"interval_ms": 86400000})", recorder_), S_OK);
  EXPECT_EQ(plugin_.manager()->Shutdown(TRUE), S_OK);
  EXPECT_EQ(recorder_->references(), 0U);
}

TEST_F(HostManager, MetricsRunForManyRegistrationsAtOnce) {
  const RecorderPtr other = MakeRecorder();
  ASSERT_EQ(plugin_.Register(1, L"host.metrics", R"({"interval_ms": 100})", recorder_), S_OK);
  ASSERT_EQ(plugin_.Register(2, L"host.metrics", R"({"interval_ms": 100})", other), S_OK);
  EXPECT_TRUE(recorder_->WaitFor(AtLeast(2)));
  EXPECT_EQ(plugin_.Unregister(1), S_OK);
  const size_t so_far = other->results().size();
  EXPECT_TRUE(other->WaitFor(AtLeast(so_far + 2)));
  EXPECT_EQ(plugin_.Unregister(2), S_OK);
}

TEST_F(HostManager, MetricsEndWhenNobodyWantsThem) {
  ASSERT_EQ(plugin_.Register(1, L"host.metrics", R"({"interval_ms": 100})", recorder_), S_OK);
  ASSERT_TRUE(recorder_->WaitFor(AtLeast(1)));
  recorder_->Refuse();
  EXPECT_TRUE(recorder_->WaitForRelease());
}

// A reader that is too slow for the first three samples.
class SlowAtFirst final : public ICustomAction2ResultCallback {
 public:
  explicit SlowAtFirst(RecorderPtr recorder) : recorder_(std::move(recorder)) {}
  ULONG AddRef() override { return ++references_; }
  ULONG Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  HRESULT ReportResult(HRESULT status, BOOL final, PBYTE response, DWORD size) override {
    if (samples_++ < 3) return HRESULT_FROM_WIN32(ERROR_TIMEOUT);
    return recorder_->ReportResult(status, final, response, size);
  }

 private:
  ~SlowAtFirst() = default;
  std::atomic<ULONG> references_{1};
  std::atomic<int> samples_{0};
  const RecorderPtr recorder_;
};

TEST_F(HostManager, ASampleThatFoundNoReaderIsPartOfTheNext) {
  const auto slow = WpfPtr<SlowAtFirst>::Adopt(new SlowAtFirst(recorder_));
  ASSERT_EQ(plugin_.registrations()->RegisterCustomActionCallback(
                1, L"host.metrics", LR"({"interval_ms": 100, "count": 4})", slow.Get()),
            S_OK);
  ASSERT_TRUE(recorder_->WaitForFinal());
  const Results results = recorder_->results();
  ASSERT_EQ(results.size(), 1U);
  // Four ticks, 100 ms apart, all came after the reading that this sample is compared with.
  EXPECT_GT(Json::parse(results[0].response)["interval_seconds"], 0.25);
}

}  // namespace
}  // namespace rsca::managers
