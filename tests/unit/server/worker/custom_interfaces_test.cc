// One protocol manager uses another's interface.
#include <sstream>

#include "tests/support/temp_dir.h"
#include "tests/unit/server/worker/everything_fixture.h"

namespace rsca::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kCircular[] = "0x80070423";

class CustomInterfacesTest : public EverythingFixture {
 protected:
  void AddBorrower() {
    AddOther("borrower", "borrower", {"borrower.increment", "borrower.record"});
  }

  std::vector<std::string> Record() {
    std::istringstream input(support::ReadFile(dir_.File("record")));
    std::vector<std::string> lines;
    for (std::string line; std::getline(input, line);) lines.push_back(line);
    return lines;
  }

  support::TempDir dir_;
};

TEST_F(CustomInterfacesTest, OneManagerUsesAnotherWhicheverComesFirst) {
  AddBorrower();
  AddEverything();
  const v1::Ready ready = StartWorker();
  EXPECT_THAT(ready.failures(), IsEmpty());
  EXPECT_EQ(Run("borrower.increment"), "1");
  EXPECT_EQ(Run("borrower.increment"), "2");
  // And it is the one of the configuration, not another of its kind.
  EXPECT_EQ(Act("health", "healthy"), "ok");
  server_.Ping(1);
  server_.WaitPong(1);
  EXPECT_THAT(Act("calls"), HasSubstr("CheckHealth\n"));
}

TEST_F(CustomInterfacesTest, OneThatTheConfigurationDoesNotNameIsLoadedAndWatchedOver) {
  AddBorrower();
  const v1::Ready ready = StartWorker();
  EXPECT_THAT(ready.functions(), SizeIs(2));
  EXPECT_EQ(Run("borrower.increment"), "1");
  server_.Ping(1);
  EXPECT_FALSE(server_.WaitPong(1).has_failure());
  EXPECT_EQ(StopWorker(), 0);
}

TEST_F(CustomInterfacesTest, UsersAreShutDownBeforeWhatTheyUse) {
  AddEverything();
  AddBorrower();
  StartWorker();
  Run("borrower.record", dir_.File("record"));
  Act("record", dir_.File("record"));
  EXPECT_EQ(StopWorker(), 0);
  EXPECT_THAT(Record(), ElementsAre("borrower 1 1", "everything 1"));
}

TEST_F(CustomInterfacesTest, ACycleOfEntryPointsIsRefusedAndTheRestWorks) {
  AddOther("first", "borrower", {"first.ask"}, "GetFirst");
  AddOther("second", "borrower", {"second.ask"}, "GetSecond");
  const v1::Ready ready = StartWorker();
  EXPECT_THAT(ready.failures(), IsEmpty());
  // First uses second since its entry point; second may not use first.
  EXPECT_EQ(Run("first.ask"), "0x00000000");
  EXPECT_EQ(Run("second.ask"), kCircular);
  EXPECT_EQ(StopWorker(), 0);
}

TEST_F(CustomInterfacesTest, WhatCannotBeHadFailsWithAReason) {
  std::vector<HRESULT> answers;
  strings_->on_load = [&answers](IWorkerProcessFramework* framework) {
    WpfPtr<IWpfExposeProtocolManagerCustomInterface> expose;
    framework->GetWpfInterface(WPF_EXPOSE_PROTOCOL_MANAGER_CUSTOM_INTERFACE_ID, expose.PutVoid());
    const auto ask = [&](PCWSTR library, PCWSTR function) {
      PVOID answer = &answers;
      answers.push_back(
          expose->LoadProtocolManagerAndGetCustomInterface(library, function, 99, &answer));
      EXPECT_EQ(answer, nullptr);
    };
    ask(L"/nowhere/plugin.so", L"GetProtocolManager");
    const std::string everything = RSCA_TEST_PLUGIN_DIR "/everything.so";
    const std::wstring library(everything.begin(), everything.end());
    ask(library.c_str(), L"GetNothing");
    ask(library.c_str(), L"GetProtocolManager");
    const std::string bad = RSCA_BAD_ENTRY_POINTS_PATH;
    const std::wstring bad_library(bad.begin(), bad.end());
    ask(bad_library.c_str(), L"GetProtocolManager");
  };
  AddPuppet();
  StartWorker();
  EXPECT_EQ(StopWorker(), 0);
  EXPECT_THAT(answers,
              ElementsAre(HRESULT_FROM_WIN32(ERROR_MOD_NOT_FOUND),
                          HRESULT_FROM_WIN32(ERROR_MOD_NOT_FOUND), E_NOINTERFACE, E_OUTOFMEMORY));
}

TEST_F(CustomInterfacesTest, AnEntryPointMayNotAskForItsUser) {
  std::vector<HRESULT> answers;
  const std::string path = RSCA_PUPPET_PATH;
  const std::wstring library(path.begin(), path.end());
  bool first = true;
  strings_->on_load = [&](IWorkerProcessFramework* framework) {
    WpfPtr<IWpfExposeProtocolManagerCustomInterface> expose;
    framework->GetWpfInterface(WPF_EXPOSE_PROTOCOL_MANAGER_CUSTOM_INTERFACE_ID, expose.PutVoid());
    const PCWSTR other = std::exchange(first, false) ? L"GetNumbered" : L"GetProtocolManager";
    PVOID answer = nullptr;
    answers.push_back(expose->LoadProtocolManagerAndGetCustomInterface(
        library.c_str(), other, RSCA_REGISTRATIONS_ID, &answer));
    if (answer != nullptr) static_cast<IRscaRegistrations*>(answer)->Release();
  };
  AddPuppet();
  StartWorker();
  EXPECT_EQ(StopWorker(), 0);
  // The inner one is refused, then the outer one is served.
  EXPECT_THAT(answers, ElementsAre(HRESULT_FROM_WIN32(ERROR_CIRCULAR_DEPENDENCY), S_OK));
}

}  // namespace
}  // namespace rsca::worker
