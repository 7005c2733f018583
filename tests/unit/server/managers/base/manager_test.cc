#include "server/managers/base/manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/support/plugin_fixture.h"

namespace rsca {
namespace {

using testing::HasSubstr;

TEST(Manager, ListsItsFunctionsInTheCatalogue) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const auto functions = plugin.Functions();
  ASSERT_EQ(functions.size(), 2u);
  EXPECT_EQ(functions[0].pszName, std::wstring(L"count"));
  EXPECT_EQ(functions[0].pszSummary, std::wstring(L"Counts."));
  EXPECT_EQ(functions[0].pszArgumentsSchema, std::wstring(L"{}"));
  EXPECT_EQ(functions[0].pszResponseContentType, std::wstring(L"text/plain"));
  EXPECT_EQ(functions[0].dwAnswers, DWORD{RSCA_ANSWERS_MANY});
  EXPECT_EQ(functions[0].dwSemantics, DWORD{RSCA_READ_ONLY | RSCA_RESTARTABLE});
  EXPECT_EQ(functions[1].dwAnswers, DWORD{RSCA_ANSWERS_ONCE});
  RSCA_FUNCTION none;
  EXPECT_EQ(plugin.catalogue()->GetFunction(2, &none), E_BOUNDS);
}

TEST(Manager, HasNoInterfaceThatItDoesNotOffer) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  PVOID result = &plugin;
  EXPECT_EQ(plugin.manager()->GetPmInterface(PM_IDLE_TIMEOUT_ID, &result), E_NOINTERFACE);
  EXPECT_EQ(result, nullptr);
  EXPECT_EQ(plugin.manager()->GetCustomInterface(7, &result), E_NOINTERFACE);
  EXPECT_EQ(plugin.manager()->GetCustomInterface(RSCA_CATALOGUE_ID, nullptr), E_POINTER);
}

TEST(Manager, AnswersARunOnce) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const RecordedResult result = plugin.Run(L"echo", R"({"a":"é"})");
  EXPECT_EQ(result.status, S_OK);
  EXPECT_EQ(result.response, R"({"a":"é"})");
  EXPECT_EQ(plugin.Run(L"echo", "").response, "{}");
}

TEST(Manager, ReportsTheFailureOfARunAsItsResponse) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const RecordedResult failed = plugin.Run(L"echo", R"({"fail":"no room"})");
  EXPECT_EQ(failed.status, HRESULT_FROM_WIN32(ERROR_DISK_FULL));
  EXPECT_EQ(failed.response, "no room");
  const RecordedResult thrown = plugin.Run(L"echo", R"({"throw":"oops"})");
  EXPECT_EQ(thrown.status, E_UNEXPECTED);
  EXPECT_EQ(thrown.response, "oops");
  EXPECT_EQ(plugin.Run(L"echo", "{").status, E_INVALIDARG);
  EXPECT_EQ(plugin.Run(L"echo", R"({"fail":1})").status, E_INVALIDARG);
}

TEST(Manager, RefusesWhatItDoesNotKnow) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const auto recorder = MakeRecorder();
  EXPECT_EQ(plugin.Run(L"nothing", "{}").status, HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
  EXPECT_EQ(plugin.Run(L"count", "{}").status, HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
  EXPECT_EQ(plugin.Register(1, L"echo", "{}", recorder), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
  EXPECT_EQ(plugin.Register(1, L"count", "{]", recorder), E_INVALIDARG);
  EXPECT_EQ(plugin.Unregister(1), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
  EXPECT_EQ(plugin.actions2()->RegisterCustomActionCallback(nullptr, L"{}", recorder.Get()),
            E_POINTER);
  EXPECT_EQ(plugin.actions2()->RegisterCustomActionCallback(L"count", L"{}", nullptr), E_POINTER);
  const wchar_t surrogate[] = {L'"', 0xD800, L'"', 0};
  EXPECT_EQ(plugin.actions2()->RegisterCustomActionCallback(L"count", surrogate, recorder.Get()),
            HRESULT_FROM_WIN32(ERROR_NO_UNICODE_TRANSLATION));
  EXPECT_EQ(recorder->references(), 0u);
}

TEST(Manager, ReportsUntilItIsUnregistered) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const auto recorder = MakeRecorder();
  ASSERT_EQ(plugin.Register(1, L"count", R"({"count":3})", recorder), S_OK);
  ASSERT_TRUE(recorder->WaitFor([](const Results& all) { return all.size() == 3; }));
  EXPECT_EQ(plugin.Unregister(1), S_OK);
  const Results results = recorder->results();
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[2].response, "2");
  EXPECT_TRUE(results[3].final);
  EXPECT_EQ(recorder->references(), 0u);
  EXPECT_EQ(plugin.Unregister(1), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
}

TEST(Manager, LetsGoOfAnActionThatEndedByItself) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  for (const char* arguments : {R"({"count":2,"ends":true})", R"({"at_once":true})"}) {
    const auto recorder = MakeRecorder();
    ASSERT_EQ(plugin.Register(1, L"count", arguments, recorder), S_OK);
    ASSERT_TRUE(recorder->WaitForFinal());
    EXPECT_TRUE(recorder->WaitForRelease());
    EXPECT_EQ(plugin.Unregister(1), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
  }
}

TEST(Manager, EndsAnActionThatNobodyWantsToHear) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const auto recorder = MakeRecorder();
  recorder->Refuse();
  ASSERT_EQ(plugin.Register(1, L"count", R"({"count":3,"ends":true})", recorder), S_OK);
  EXPECT_TRUE(recorder->WaitForRelease());
}

TEST(Manager, TellsWhyItRefuses) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const auto recorder = MakeRecorder();
  EXPECT_EQ(plugin.Register(1, L"count", R"({"refuse":"too busy"})", recorder),
            HRESULT_FROM_WIN32(ERROR_BUSY));
  const Results results = recorder->results();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].status, HRESULT_FROM_WIN32(ERROR_BUSY));
  EXPECT_EQ(results[0].response, "too busy");
  EXPECT_EQ(recorder->references(), 0u);

  const auto other = MakeRecorder();
  EXPECT_EQ(plugin.Register(1, L"count", "{}", other), E_INVALIDARG);
  ASSERT_EQ(other->results().size(), 1u);
  EXPECT_THAT(other->results()[0].response, HasSubstr("count"));
}

TEST(Manager, HoldsOneRegistrationForAName) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  const auto first = MakeRecorder();
  const auto second = MakeRecorder();
  ASSERT_EQ(
      plugin.actions2()->RegisterCustomActionCallback(L"count", L"{\"count\":1}", first.Get()),
      S_OK);
  EXPECT_EQ(
      plugin.actions2()->RegisterCustomActionCallback(L"count", L"{\"count\":1}", second.Get()),
      HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS));
  EXPECT_EQ(plugin.actions2()->UnregisterCustomActionCallback(L"count"), S_OK);
  EXPECT_EQ(
      plugin.actions2()->RegisterCustomActionCallback(L"count", L"{\"count\":1}", second.Get()),
      S_OK);
  EXPECT_EQ(plugin.actions2()->UnregisterCustomActionCallback(L"count"), S_OK);
}

TEST(Manager, HoldsAnyNumberOfNumberedRegistrations) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  std::vector<RecorderPtr> recorders(50);
  for (ULONGLONG i = 0; i < recorders.size(); ++i) {
    recorders[i] = MakeRecorder();
    ASSERT_EQ(plugin.Register(i, L"count", R"({"count":1})", recorders[i]), S_OK);
  }
  EXPECT_EQ(plugin.Register(7, L"count", R"({"count":1})", recorders[0]),
            HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS));
  for (ULONGLONG i = 0; i < recorders.size(); ++i) EXPECT_EQ(plugin.Unregister(i), S_OK);
  for (const auto& recorder : recorders) {
    EXPECT_TRUE(recorder->results().back().final);
    EXPECT_EQ(recorder->references(), 0u);
  }
}

TEST(Manager, ShutsDownWithActionsAtWorkAndTwice) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  std::vector<RecorderPtr> recorders(20);
  for (ULONGLONG i = 0; i < recorders.size(); ++i) {
    recorders[i] = MakeRecorder();
    ASSERT_EQ(plugin.Register(i, L"count", R"({"count":1})", recorders[i]), S_OK);
  }
  EXPECT_EQ(plugin.manager()->Shutdown(FALSE), S_OK);
  for (const auto& recorder : recorders) {
    EXPECT_TRUE(recorder->results().back().final);
    EXPECT_EQ(recorder->references(), 0u);
  }
  EXPECT_EQ(plugin.manager()->Shutdown(TRUE), S_OK);
  EXPECT_EQ(plugin.Register(1, L"count", R"({"count":1})", recorders[0]),
            HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS));
  EXPECT_EQ(plugin.Run(L"echo", "").status, HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS));
}

TEST(Manager, RegistersAndUnregistersOnManyThreads) {
  Plugin plugin(RSCA_TEST_PLUGIN);
  std::vector<std::thread> threads;
  for (ULONGLONG t = 0; t < 4; ++t) {
    threads.emplace_back([&plugin, t] {
      for (ULONGLONG i = 0; i < 50; ++i) {
        const auto recorder = MakeRecorder();
        const bool ends = i % 2 == 0;
        ASSERT_EQ(plugin.Register(t * 1000 + i, L"count",
                                  ends ? R"({"count":1,"ends":true})" : R"({"count":1})", recorder),
                  S_OK);
        const HRESULT hresult = plugin.Unregister(t * 1000 + i);
        EXPECT_TRUE(hresult == S_OK || ends);
        EXPECT_TRUE(recorder->WaitForFinal());
        EXPECT_TRUE(recorder->WaitForRelease());
        EXPECT_EQ(recorder->late(), 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace rsca
