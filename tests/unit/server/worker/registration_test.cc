// One registration with a plug-in: the rules of ReportResult, and how it ends.
#include <atomic>
#include <stdexcept>

#include "common/hresult.h"
#include "tests/unit/server/worker/worker_fixture.h"

namespace rsca::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class RegistrationTest : public WorkerFixture {
 protected:
  void SetUp() override {
    KeepCallbacks();
    strings_->on_run = [](const std::wstring&, const std::wstring&, ICustomActionResultCallback*) {
      return S_OK;
    };
    AddPuppet();
  }

  Callback Register(uint64_t channel = 1) {
    server_.Start(channel, "many");
    EXPECT_EQ(server_.WaitStarted(channel).hresult(), S_OK);
    return WaitCallback();
  }
};

TEST_F(RegistrationTest, ResultsComeInOrderThroughTheFinalOne) {
  StartWorker();
  const Callback callback = Register();
  EXPECT_EQ(Report(callback, "one"), S_OK);
  EXPECT_EQ(Report(callback, "two", false, E_FAIL), S_OK);
  EXPECT_EQ(Report(callback, "three", true, S_FALSE), S_OK);
  const auto reports = server_.WaitEnd(1);
  EXPECT_THAT(Texts(reports), ElementsAre("one", "two", "three"));
  EXPECT_EQ(reports[1].hr_status, E_FAIL);
  EXPECT_FALSE(reports[1].final());
  EXPECT_EQ(reports[2].hr_status, S_FALSE);
  EXPECT_TRUE(reports[2].final());
  EXPECT_GT(reports[0].report_time_unix_nanos, 0);
  EXPECT_LE(reports[0].report_time_unix_nanos, reports[2].report_time_unix_nanos);
}

TEST_F(RegistrationTest, ResultsInsideTheRegisterCallAreDelivered) {
  strings_->on_register = [](ULONGLONG, const std::wstring&, const std::wstring&,
                             ICustomAction2ResultCallback* callback) {
    Report(Callback::Share(callback), "inside");
    return Report(Callback::Share(callback), "end", true);
  };
  StartWorker();
  server_.Start(1, "many");
  EXPECT_EQ(server_.WaitStarted(1).hresult(), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("inside", "end"));
}

TEST_F(RegistrationTest, ResultsOfManyThreadsKeepEachThreadsOrder) {
  StartWorker();
  const Callback callback = Register();
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&callback, thread] {
      for (int i = 0; i < kEach; ++i) {
        ASSERT_EQ(Report(callback, std::to_string(thread) + ":" + std::to_string(i)), S_OK);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Report(callback, "end", true);
  const auto reports = server_.WaitEnd(1);
  ASSERT_THAT(reports, SizeIs(kThreads * kEach + 1));
  int next[kThreads] = {};
  for (size_t i = 0; i + 1 < reports.size(); ++i) {
    const std::string& text = reports[i].response;
    const int thread = text[0] - '0';
    EXPECT_EQ(text.substr(2), std::to_string(next[thread]++));
  }
}

TEST_F(RegistrationTest, TheBufferIsCopiedBeforeTheCallReturns) {
  StartWorker();
  const Callback callback = Register();
  std::string buffer(100'000, 'a');
  callback->ReportResult(S_OK, FALSE, reinterpret_cast<PBYTE>(buffer.data()),
                         static_cast<DWORD>(buffer.size()));
  std::fill(buffer.begin(), buffer.end(), 'b');
  Report(callback, "", true);
  EXPECT_EQ(server_.WaitEnd(1)[0].response, std::string(100'000, 'a'));
}

TEST_F(RegistrationTest, ReportsAfterTheFinalOneFailAndAreNotDelivered) {
  StartWorker();
  const Callback callback = Register();
  EXPECT_EQ(Report(callback, "end", true), S_OK);
  EXPECT_EQ(Report(callback, "late"), kInvalidState);
  EXPECT_EQ(Report(callback, "late final", true), kInvalidState);
  EXPECT_EQ(StopWorker(), 0);
  EXPECT_THAT(Texts(server_.Reports(1)), ElementsAre("end"));
}

TEST_F(RegistrationTest, ReportsWhileUnregisteringAreDeliveredAndLaterOnesFail) {
  Callback callback;
  strings_->on_unregister = [&callback](ULONGLONG, const std::wstring&) {
    EXPECT_EQ(Report(callback, "leaving"), S_OK);
    return E_ABORT;
  };
  StartWorker();
  callback = Register();
  server_.StopChannel(1);
  const auto reports = server_.WaitEnd(1);
  EXPECT_THAT(Texts(reports), ElementsAre("leaving", "<unregistered>"));
  EXPECT_EQ(reports[1].hr_status, E_ABORT);
  EXPECT_EQ(Report(callback, "late"), kInvalidState);
  EXPECT_EQ(Report(callback, "late final", true), kInvalidState);
}

TEST_F(RegistrationTest, AFinalReportWhileUnregisteringIsTheEnd) {
  Callback callback;
  strings_->on_unregister = [&callback](ULONGLONG, const std::wstring&) {
    return Report(callback, "bye", true);
  };
  StartWorker();
  callback = Register();
  server_.StopChannel(1);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("bye"));
  EXPECT_EQ(StopWorker(), 0);
  EXPECT_THAT(Texts(server_.Reports(1)), ElementsAre("bye"));
}

TEST_F(RegistrationTest, ReportsFailAtOnceWhenNobodyReads) {
  Flag in_unregister;
  Flag leave;
  strings_->on_unregister = [&](ULONGLONG, const std::wstring&) {
    in_unregister.Set();
    leave.Wait();
    return S_OK;
  };
  StartWorker();
  const Callback callback = Register();
  server_.StopChannel(1, true);
  ASSERT_TRUE(in_unregister.Wait());
  EXPECT_EQ(Report(callback, "for nobody"), kCancelled);
  leave.Set();
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("<unregistered>"));
  EXPECT_EQ(Report(callback, "for nobody"), kCancelled);
}

TEST_F(RegistrationTest, TheCallbackLivesUntilItsLastReference) {
  StartWorker();
  Callback callback = Register();
  server_.StopChannel(1);
  server_.WaitEnd(1);
  EXPECT_EQ(StopWorker(), 0);
  worker_ = nullptr;
  EXPECT_EQ(Report(callback, "from the grave"), kInvalidState);
  EXPECT_EQ(callback->AddRef(), 2u);
  EXPECT_EQ(callback->Release(), 1u);
}

TEST_F(RegistrationTest, DroppingTheCallbackEndsIt) {
  StartWorker();
  Callback callback = Register();
  Report(callback, "one");
  callback = nullptr;
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("one", "<dropped>"));
  server_.StopChannel(1);
  EXPECT_TRUE(server_.PingPong());
}

TEST_F(RegistrationTest, DroppingTheCallbackTellsWhatTheLatestReportGot) {
  bootstrap_.set_max_response_bytes(1000);
  StartWorker();
  Callback callback = Register();
  Report(callback, std::string(1001, 'x'));
  callback = nullptr;
  const std::vector<SentReport> refused = server_.WaitEnd(1);
  EXPECT_THAT(Texts(refused), ElementsAre("<dropped>"));
  EXPECT_EQ(refused.back().hr_status, HRESULT_FROM_WIN32(ERROR_BUFFER_OVERFLOW));

  callback = Register(2);
  Report(callback, std::string(1001, 'x'));
  Report(callback, "one");
  callback = nullptr;
  EXPECT_EQ(server_.WaitEnd(2).back().hr_status, S_OK);
}

TEST_F(RegistrationTest, NeverKeepingTheCallbackEndsItAfterStarted) {
  strings_->on_register = [](ULONGLONG, const std::wstring&, const std::wstring&,
                             ICustomAction2ResultCallback*) { return S_FALSE; };
  StartWorker();
  server_.Start(1, "many");
  EXPECT_EQ(server_.WaitStarted(1).hresult(), S_FALSE);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("<dropped>"));
}

TEST_F(RegistrationTest, DroppingTheCallbackWhileUnregisteringIsNoDrop) {
  Callback callback;
  strings_->on_unregister = [&callback](ULONGLONG, const std::wstring&) {
    callback = nullptr;
    return S_OK;
  };
  StartWorker();
  callback = Register();
  server_.StopChannel(1);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("<unregistered>"));
}

TEST_F(RegistrationTest, AFailingRegisterCallRefusesItWithoutAnEnd) {
  Callback kept;
  strings_->on_register = [&kept](ULONGLONG, const std::wstring&, const std::wstring&,
                                  ICustomAction2ResultCallback* callback) {
    kept = Callback::Share(callback);
    return E_ACCESSDENIED;
  };
  StartWorker();
  server_.Start(1, "many");
  const v1::Started started = server_.WaitStarted(1);
  EXPECT_EQ(started.hresult(), E_ACCESSDENIED);
  EXPECT_THAT(started.message(), HasSubstr("0x80070005 (E_ACCESSDENIED)"));
  EXPECT_EQ(Report(kept, "late"), kInvalidState);
  kept = nullptr;
  EXPECT_EQ(StopWorker(), 0);
  EXPECT_THAT(server_.Reports(1), SizeIs(0));
}

TEST_F(RegistrationTest, AnExceptionInTheRegisterCallRefusesIt) {
  strings_->on_register = [](ULONGLONG, const std::wstring&, const std::wstring&,
                             ICustomAction2ResultCallback*) -> HRESULT {
    throw std::runtime_error("the cable is cut \xff");
  };
  StartWorker();
  server_.Start(1, "many");
  const v1::Started started = server_.WaitStarted(1);
  EXPECT_EQ(started.hresult(), E_UNEXPECTED);
  EXPECT_THAT(started.message(), HasSubstr("the cable is cut \\xff"));
}

TEST_F(RegistrationTest, AnExceptionInTheUnregisterCallEndsItAllTheSame) {
  strings_->on_unregister = [](ULONGLONG, const std::wstring&) -> HRESULT { throw 42; };
  StartWorker();
  const Callback callback = Register();
  server_.StopChannel(1);
  const auto reports = server_.WaitEnd(1);
  EXPECT_THAT(Texts(reports), ElementsAre("<unregistered>"));
  EXPECT_EQ(reports[0].hr_status, E_UNEXPECTED);
}

TEST_F(RegistrationTest, AResponseThatIsTooLargeIsRefusedAndItGoesOn) {
  bootstrap_.set_max_response_bytes(1000);
  StartWorker();
  const Callback callback = Register();
  EXPECT_EQ(Report(callback, std::string(1001, 'x'), true),
            HRESULT_FROM_WIN32(ERROR_BUFFER_OVERFLOW));
  EXPECT_EQ(Report(callback, std::string(1000, 'x')), S_OK);
  Report(callback, "end", true);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre(std::string(1000, 'x'), "end"));
}

TEST_F(RegistrationTest, AResponseOfAMebibyteAndEmptyOnesAreDelivered) {
  StartWorker();
  const Callback callback = Register();
  std::string large(size_t{1} << 20, '\0');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7);
  EXPECT_EQ(Report(callback, large), S_OK);
  EXPECT_EQ(callback->ReportResult(S_OK, FALSE, nullptr, 0), S_OK);
  EXPECT_EQ(Report(callback, large, true), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre(large, "", large));
}

TEST_F(RegistrationTest, ANullBufferWithASizeIsRefused) {
  StartWorker();
  const Callback callback = Register();
  EXPECT_EQ(callback->ReportResult(S_OK, FALSE, nullptr, 5), E_POINTER);
  Report(callback, "end", true);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("end"));
}

TEST_F(RegistrationTest, AStopDuringTheRegisterCallUnregistersAfterIt) {
  Flag in_register;
  Flag leave;
  Callback kept;
  std::atomic<bool> registering{false};
  strings_->on_register = [&](ULONGLONG, const std::wstring&, const std::wstring&,
                              ICustomAction2ResultCallback* callback) {
    registering = true;
    kept = Callback::Share(callback);
    in_register.Set();
    leave.Wait();
    registering = false;
    return S_OK;
  };
  strings_->on_unregister = [&](ULONGLONG, const std::wstring&) {
    EXPECT_FALSE(registering);
    return S_OK;
  };
  StartWorker();
  server_.Start(1, "many");
  ASSERT_TRUE(in_register.Wait());
  server_.StopChannel(1);
  EXPECT_TRUE(server_.PingPong());  // the Stop has been taken in
  EXPECT_FALSE(server_.HasStarted(1));
  leave.Set();
  EXPECT_EQ(server_.WaitStarted(1).hresult(), S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(1)), ElementsAre("<unregistered>"));
}

TEST_F(RegistrationTest, StopOfAnUnknownOrEndedChannelIsHarmless) {
  StartWorker();
  server_.StopChannel(77);
  const Callback callback = Register();
  Report(callback, "end", true);
  server_.WaitEnd(1);
  server_.StopChannel(1);
  server_.StopChannel(1, true);
  server_.AddCredit(1, 5);
  EXPECT_TRUE(server_.PingPong());
}

TEST_F(RegistrationTest, UnknownFunctionsAreNotFound) {
  StartWorker();
  server_.Start(1, "nothing");
  const v1::Started started = server_.WaitStarted(1);
  EXPECT_EQ(started.hresult(), kHrNotFound);
  EXPECT_THAT(started.message(), HasSubstr("`nothing`"));
}

TEST_F(RegistrationTest, FunctionsAreCalledOnlyTheWayTheyAnswer) {
  StartWorker();
  server_.Start(1, "once");
  EXPECT_EQ(server_.WaitStarted(1).hresult(), E_NOTIMPL);
  EXPECT_THAT(server_.WaitStarted(1).message(), HasSubstr("answers once: use RunCustomAction"));
  server_.StartRun(2, "many");
  EXPECT_EQ(server_.WaitStarted(2).hresult(), E_NOTIMPL);
  EXPECT_THAT(server_.WaitStarted(2).message(), HasSubstr("use RegisterCustomAction"));
}

TEST_F(RegistrationTest, APluginWithoutTheInterfaceIsRefused) {
  strings_->on_register = nullptr;
  strings_->on_run = nullptr;
  StartWorker();
  server_.Start(1, "many");
  EXPECT_EQ(server_.WaitStarted(1).hresult(), E_NOTIMPL);
  server_.StartRun(2, "once");
  EXPECT_EQ(server_.WaitStarted(2).hresult(), E_NOTIMPL);
}

TEST_F(RegistrationTest, ArgumentsReachThePluginInTheClientsOwnWords) {
  std::wstring seen;
  strings_->on_register = [&seen](ULONGLONG, const std::wstring&, const std::wstring& arguments,
                                  ICustomAction2ResultCallback*) {
    seen = arguments;
    return E_ABORT;
  };
  StartWorker();
  server_.Start(1, "many", "{ \"path\" :\t\"Größe €𝄞\" }");
  server_.WaitStarted(1);
  EXPECT_EQ(seen, L"{ \"path\" :\t\"Größe €𝄞\" }");
  server_.Start(2, "many", "");
  server_.WaitStarted(2);
  EXPECT_EQ(seen, L"");
}

TEST_F(RegistrationTest, AZeroCharacterInTheArgumentsIsRefused) {
  StartWorker();
  server_.Start(1, "many", std::string("a\0b", 3));
  EXPECT_EQ(server_.WaitStarted(1).hresult(), E_INVALIDARG);
  ASSERT_THAT(server_.WaitStarted(1).violations(), SizeIs(1));
}

TEST_F(RegistrationTest, ByNumberAFunctionHasAnyNumberOfRegistrations) {
  bootstrap_.clear_protocol_managers();
  AddPuppet("GetNumbered");
  std::map<ULONGLONG, Callback> live;
  Mutex mutex;
  strings_->on_register = [&](ULONGLONG id, const std::wstring&, const std::wstring&,
                              ICustomAction2ResultCallback* callback) {
    MutexLock lock(&mutex);
    live[id] = Callback::Share(callback);
    return S_OK;
  };
  strings_->on_unregister = [&](ULONGLONG id, const std::wstring&) {
    MutexLock lock(&mutex);
    return live.count(id) == 1 ? S_OK : E_FAIL;
  };
  StartWorker();
  server_.Start(11, "many", "a");
  server_.Start(12, "many", "a");
  server_.Start(13, "many", "b");
  for (const uint64_t channel : std::vector<uint64_t>{11, 12, 13}) {
    EXPECT_EQ(server_.WaitStarted(channel).hresult(), S_OK);
  }
  EXPECT_EQ(Report(live[12], "for 12", true), S_OK);
  server_.StopChannel(11);
  const auto reports = server_.WaitEnd(11);
  EXPECT_THAT(Texts(reports), ElementsAre("<unregistered>"));
  EXPECT_EQ(reports[0].hr_status, S_OK);
  EXPECT_THAT(Texts(server_.WaitEnd(12)), ElementsAre("for 12"));
  EXPECT_THAT(server_.Reports(13), SizeIs(0));
  EXPECT_EQ(StopWorker(), 0);
  live.clear();
}

}  // namespace
}  // namespace rsca::worker
