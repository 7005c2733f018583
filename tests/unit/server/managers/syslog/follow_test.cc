// syslog.follow, syslog.stats, and what the framework asks the manager.
#include <atomic>

#include "tests/unit/server/managers/syslog/syslog_test.h"

namespace rsca {
namespace {

using testing::ElementsAre;

class SyslogFollow : public SyslogTest {
 protected:
  SyslogFollow() : channel_(Start(kUdp, 1)), client_(Client::Udp(Port(1))) {}

  // One after the other, each once the one before has arrived.
  void Send(const std::vector<std::string>& messages) {
    for (const std::string& message : messages) {
      client_.Send(message);
      ASSERT_TRUE(channel_->WaitForMessages(++sent_));
    }
  }

  // The messages of these that a follower with these arguments gets.
  std::vector<std::string> Filtered(const std::string& arguments) {
    const RecorderPtr recorder = Follow(++id_, arguments);
    EXPECT_EQ(plugin().Unregister(id_), S_OK);
    std::vector<std::string> texts;
    for (const RecordedResult& result : recorder->results()) {
      texts.push_back(Json(result)["message"]);
    }
    return texts;
  }

  const ListenerChannelPtr channel_;
  Client client_;
  uint64_t sent_ = 0;
  ULONGLONG id_ = 1000;
};

TEST_F(SyslogFollow, HasItsFunctionsInTheCatalogue) {
  const std::vector<RSCA_FUNCTION> functions = plugin().Functions();
  ASSERT_EQ(functions.size(), 2u);
  EXPECT_EQ(std::wstring(functions[0].pszName), L"syslog.follow");
  EXPECT_EQ(functions[0].dwAnswers, static_cast<DWORD>(RSCA_ANSWERS_MANY));
  EXPECT_EQ(functions[0].dwSemantics,
            static_cast<DWORD>(RSCA_READ_ONLY | RSCA_IDEMPOTENT | RSCA_RESTARTABLE));
  EXPECT_EQ(std::wstring(functions[1].pszName), L"syslog.stats");
  EXPECT_EQ(functions[1].dwAnswers, static_cast<DWORD>(RSCA_ANSWERS_ONCE));
  for (const RSCA_FUNCTION& function : functions) {
    EXPECT_EQ(std::wstring(function.pszResponseContentType), L"application/json");
    const auto schema = WideToUtf8(function.pszArgumentsSchema);
    EXPECT_TRUE(nlohmann::json::parse(schema.value()).is_object());
  }
}

TEST_F(SyslogFollow, BeginsWithTheLastMessagesThatMatch) {
  Send({"<11>a: one", "<14>b: two", "<11>c: three", "<11>d: four"});
  EXPECT_THAT(Filtered("{}"), ElementsAre());
  EXPECT_THAT(Filtered(R"({"last": 2})"), ElementsAre("three", "four"));
  EXPECT_THAT(Filtered(R"({"last": 100})"), ElementsAre("one", "two", "three", "four"));
  EXPECT_THAT(Filtered(R"({"last": 2, "severity": "err"})"), ElementsAre("three", "four"));
  EXPECT_THAT(Filtered(R"({"last": 3, "severity": "err"})"), ElementsAre("one", "three", "four"));
}

TEST_F(SyslogFollow, GoesOnWithoutGapAfterTheBufferedOnes) {
  Start(kTcp, 2);
  Client client = Client::Tcp(Port(2));
  std::vector<RecorderPtr> recorders;
  for (int i = 0; i < 200; ++i) {
    client.Send("<13>message " + std::to_string(i) + "\n");
    if (i % 20 == 0) recorders.push_back(Follow(static_cast<ULONGLONG>(i), R"({"last": 10000})"));
  }
  for (const RecorderPtr& recorder : recorders) {
    const std::vector<nlohmann::json> results = WaitForResults(recorder, 200);
    ASSERT_EQ(results.size(), 200u);
    for (size_t i = 0; i < results.size(); ++i) {
      EXPECT_EQ(results[i]["message"], "message " + std::to_string(i));
    }
  }
}

TEST_F(SyslogFollow, FiltersByEachArgument) {
  Send({"<34>Oct 11 22:14:15 Web1 su: failed login",           // auth.crit
        "<30>Oct 11 22:14:15 web2 nginx[1]: GET /index",       // daemon.info
        "<165>1 - web1 app - - - caf\xc3\xa9 (open) code=42",  // local4.notice
        "no priority"});
  EXPECT_EQ(Filtered(R"({"last": 9})").size(), 4u);
  EXPECT_THAT(Filtered(R"({"last": 9, "severity": "crit"})"), ElementsAre("failed login"));
  EXPECT_EQ(Filtered(R"({"last": 9, "severity": "debug"})").size(), 3u);
  EXPECT_THAT(Filtered(R"({"last": 9, "facilities": ["daemon", "local4"]})"),
              ElementsAre("GET /index", "caf\xc3\xa9 (open) code=42"));
  EXPECT_THAT(Filtered(R"({"last": 9, "host": "WEB1"})"),
              ElementsAre("failed login", "caf\xc3\xa9 (open) code=42"));
  EXPECT_THAT(Filtered(R"({"last": 9, "app": "nginx"})"), ElementsAre("GET /index"));
  EXPECT_THAT(Filtered(R"({"last": 9, "contains": "(open) c"
})"),
              ElementsAre("caf\xc3\xa9 (open) code=42"));
  EXPECT_THAT(Filtered(R"({"last": 9, "matches": "code=\\d+$|^GET"})"),
              ElementsAre("GET /index", "caf\xc3\xa9 (open) code=42"));
  EXPECT_THAT(Filtered(R"({"last": 9, "matches": "caf.\\b|caf. "})"),
              ElementsAre("caf\xc3\xa9 (open) code=42"));
  EXPECT_EQ(Filtered(R"({"last": 9, "channel": 1})").size(), 4u);
  EXPECT_EQ(Filtered(R"({"last": 9, "channel": 2})").size(), 0u);
  EXPECT_THAT(Filtered(R"({"last": 9, "host": "web1", "severity": "err"})"),
              ElementsAre("failed login"));
}

TEST_F(SyslogFollow, FiltersWhatComesLater) {
  const RecorderPtr recorder = Follow(1, R"({"severity": "err", "channel": 1})");
  Send({"<14>no", "<11>yes"});
  EXPECT_THAT(Texts(WaitForResults(recorder, 1)), ElementsAre("yes"));
}

TEST_F(SyslogFollow, RefusesWhatIsNoRegularExpression) {
  for (const char* arguments : {R"({"matches": "("})", R"({"matches": "(?<=x)y"})",
                                R"({"matches": "((a{1,100}){1,100}){1,100}"})"}) {
    const RecorderPtr recorder = MakeRecorder();
    EXPECT_EQ(plugin().Register(1, L"syslog.follow", arguments, recorder), E_INVALIDARG);
    EXPECT_THAT(recorder->results().front().response, testing::HasSubstr("matches: not a regular"));
  }
}

TEST_F(SyslogFollow, ReportsWhatItHasWhenUnregistered) {
  const RecorderPtr recorder = Follow(1);
  recorder->Hold();
  for (int i = 0; i < 50; ++i) Send({"<13>x"});
  ASSERT_TRUE(recorder->WaitForBlocked());
  std::thread unregister([&] { EXPECT_EQ(plugin().Unregister(1), S_OK); });
  recorder->Resume();
  unregister.join();
  EXPECT_EQ(recorder->results().size(), 50u);
  EXPECT_EQ(recorder->references(), 0u);
  EXPECT_EQ(recorder->late(), 0);
}

TEST_F(SyslogFollow, EndsWhenNobodyWantsItsResults) {
  const RecorderPtr recorder = Follow(1);
  recorder->Refuse();
  Send({"<13>x"});
  EXPECT_TRUE(recorder->WaitForRelease());
  EXPECT_EQ(Stats()["followers"].size(), 0u);
}

TEST_F(SyslogFollow, IsCountedInTheStatistics) {
  const RecorderPtr first = Follow(1);
  const RecorderPtr second = Follow(2, R"({"severity": "err"})");
  Send({"<11>bad", "<14>good", "neither"});
  WaitForResults(first, 3);
  WaitForResults(second, 1);
  EXPECT_TRUE(support::Eventually([&] { return ChannelStats(1)["delivered"] == 4; }));
  const nlohmann::json channel = ChannelStats(1);
  EXPECT_EQ(channel["received"], 3);
  EXPECT_EQ(channel["bytes"], 7 + 8 + 7);
  EXPECT_EQ(channel["unparsed"], 1);
  EXPECT_EQ(channel["dropped"], nlohmann::json::parse(R"({"kernel": 0, "followers": 0})"));
  EXPECT_EQ(channel["protocol"], "syslog.udp");
  const nlohmann::json stats = Stats();
  EXPECT_EQ(stats["followers"].size(), 2u);
  EXPECT_EQ(stats["buffer"]["messages"], 3);
  EXPECT_EQ(stats["buffer"]["evicted"], 0);
}

TEST_F(SyslogFollow, MakesTheManagerBusyAsMessagesDo) {
  BOOL idle = FALSE;
  EXPECT_EQ(monitor().CheckIdle(nullptr), E_POINTER);
  ASSERT_EQ(monitor().CheckIdle(&idle), S_OK);
  EXPECT_TRUE(idle);
  Send({"<13>x"});
  ASSERT_EQ(monitor().CheckIdle(&idle), S_OK);
  EXPECT_FALSE(idle) << "a message came in";
  ASSERT_EQ(monitor().CheckIdle(&idle), S_OK);
  EXPECT_TRUE(idle);
  const RecorderPtr recorder = Follow(1);
  ASSERT_EQ(monitor().CheckIdle(&idle), S_OK);
  EXPECT_FALSE(idle) << "somebody follows";
  ASSERT_EQ(plugin().Unregister(1), S_OK);
  ASSERT_EQ(monitor().CheckIdle(&idle), S_OK);
  EXPECT_TRUE(idle);
}

// Keeps the answers.
class HealthRecorder final : public IHealthStatusCallback {
 public:
  ULONG AddRef() override { return ++references_; }
  ULONG Release() override { return --references_; }
  HRESULT ReportHealth(BOOL healthy) override {
    ++(healthy != FALSE ? healthy_ : unhealthy_);
    return S_OK;
  }

  int healthy() const { return healthy_; }
  int unhealthy() const { return unhealthy_; }
  ULONG references() const { return references_ - 1; }

 private:
  std::atomic<ULONG> references_{1};
  std::atomic<int> healthy_{0};
  std::atomic<int> unhealthy_{0};
};

TEST_F(SyslogFollow, LeavesTheManagerHealthyUnlessItsLoopIsStuck) {
  HealthRecorder health;
  EXPECT_EQ(monitor().CheckHealth(nullptr), E_POINTER);
  ASSERT_EQ(monitor().CheckHealth(&health), S_OK);
  EXPECT_TRUE(support::Eventually([&] { return health.healthy() == 1; }));
  channel_->Hold();
  Send({"<13>x"});  // the loop is in ReportMessageReceived
  ASSERT_EQ(monitor().CheckHealth(&health), S_OK);
  EXPECT_EQ(health.healthy(), 1);
  channel_->Resume();
  EXPECT_TRUE(support::Eventually([&] { return health.healthy() == 2; }));
  EXPECT_EQ(plugin().manager()->Shutdown(TRUE), S_OK);
  EXPECT_EQ(monitor().CheckHealth(&health), HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS));
  EXPECT_EQ(health.unhealthy(), 0);
  EXPECT_EQ(health.references(), 0u);
}

}  // namespace
}  // namespace rsca
