// Loading plug-ins: what goes wrong, what they offer, what they are offered.
#include "common/hresult.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/server/worker/worker_fixture.h"

namespace rsca::worker {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

RSCA_FUNCTION Function(PCWSTR name, PCWSTR schema = nullptr) {
  return {name, L"A summary", schema, L"text/plain", RSCA_ANSWERS_MANY, RSCA_READ_ONLY};
}

std::vector<std::string> Names(const v1::Ready& ready) {
  std::vector<std::string> names;
  for (const v1::FunctionInfo& function : ready.functions()) names.push_back(function.name());
  return names;
}

class LoadingTest : public WorkerFixture {
 protected:
  void SetUp() override { KeepCallbacks(); }

  // The message of the only failure. A good plug-in beside the bad one is loaded all the same.
  v1::LoadFailure FailToLoad(const std::string& library,
                             const std::string& entry_point = "GetProtocolManager") {
    AddPlugin("bad", library, entry_point);
    AddPuppet();
    const v1::Ready ready = StartWorker();
    EXPECT_THAT(Names(ready), ElementsAre("also", "many", "once"));
    EXPECT_THAT(ready.failures(), SizeIs(1));
    EXPECT_EQ(ready.failures(0).protocol_manager(), "bad");
    return ready.failures(0);
  }
};

TEST_F(LoadingTest, AMissingFileIsNamed) {
  EXPECT_THAT(FailToLoad("/nowhere/plugin.so").message(),
              AllOf(HasSubstr("`/nowhere/plugin.so`"), HasSubstr("No such file")));
}

TEST_F(LoadingTest, AFileThatIsNoLibraryIsNamed) {
  const support::TempDir dir;
  support::WriteFile(dir.File("text.so"), std::string(1000, 'x'));
  EXPECT_THAT(FailToLoad(dir.File("text.so")).message(),
              AllOf(HasSubstr("text.so"), HasSubstr("invalid ELF header"), HasSubstr("ldd")));
}

TEST_F(LoadingTest, AMissingEntryPointIsNamed) {
  EXPECT_THAT(FailToLoad(RSCA_PUPPET_PATH, "GetNothing").message(),
              AllOf(HasSubstr("`GetNothing`"), HasSubstr("extern \"C\"")));
}

TEST_F(LoadingTest, AnEntryPointThatFailsIsReportedWithItsHresult) {
  const v1::LoadFailure failure = FailToLoad(RSCA_BAD_ENTRY_POINTS_PATH);
  EXPECT_EQ(failure.hresult(), E_OUTOFMEMORY);
  EXPECT_THAT(failure.message(), HasSubstr("E_OUTOFMEMORY"));
}

TEST_F(LoadingTest, AnEntryPointThatSetsNothingIsReported) {
  EXPECT_THAT(FailToLoad(RSCA_BAD_ENTRY_POINTS_PATH, "GetNull").message(),
              HasSubstr("set no protocol manager"));
}

TEST_F(LoadingTest, AnEntryPointThatThrowsIsReported) {
  EXPECT_THAT(FailToLoad(RSCA_BAD_ENTRY_POINTS_PATH, "GetByException").message(),
              HasSubstr("in the entry point"));
}

TEST_F(LoadingTest, TheCatalogueSaysWhatThereIs) {
  RSCA_FUNCTION function = Function(L"host.info", L"{\"type\": \"object\"}");
  function.dwAnswers = RSCA_ANSWERS_ONCE;
  function.dwSemantics = RSCA_READ_ONLY | RSCA_IDEMPOTENT | RSCA_RESTARTABLE;
  strings_->functions = {function};
  AddPuppet();
  const v1::Ready ready = StartWorker();
  ASSERT_THAT(ready.functions(), SizeIs(1));  // and not those of the configuration
  const v1::FunctionInfo& info = ready.functions(0);
  EXPECT_EQ(info.name(), "host.info");
  EXPECT_EQ(info.summary(), "A summary");
  EXPECT_EQ(info.arguments_schema(), "{\"type\": \"object\"}");
  EXPECT_EQ(info.response_content_type(), "text/plain");
  EXPECT_EQ(info.answers(), v1::FunctionInfo::ANSWERS_ONCE);
  EXPECT_TRUE(info.read_only());
  EXPECT_TRUE(info.idempotent());
  EXPECT_TRUE(info.restartable());
  EXPECT_FALSE(info.at_most_once());
  EXPECT_EQ(info.protocol_manager(), "puppet");
}

TEST_F(LoadingTest, BadFunctionsOfACatalogueAreRefusedAndGoodOnesStay) {
  const WCHAR surrogate[] = {L'a', static_cast<WCHAR>(0xD800), 0};
  RSCA_FUNCTION bad_summary = Function(L"bad.summary");
  bad_summary.pszSummary = surrogate;
  RSCA_FUNCTION bad_answers = Function(L"bad.answers");
  bad_answers.dwAnswers = 7;
  RSCA_FUNCTION contradiction = Function(L"bad.semantics");
  contradiction.dwSemantics = RSCA_RESTARTABLE | RSCA_AT_MOST_ONCE;
  const std::wstring long_name(257, L'x');
  strings_->functions = {
      Function(nullptr),
      Function(L""),
      Function(L"with space"),
      Function(long_name.c_str()),
      Function(surrogate),
      bad_summary,
      bad_answers,
      contradiction,
      Function(L"bad.json", L"{"),
      Function(L"bad.schema", L"{\"type\": 5}"),
      Function(L"bad.kind", L"[]"),
      Function(L"good", L"{}"),
      Function(L"good"),
  };
  AddPuppet();
  const v1::Ready ready = StartWorker();
  EXPECT_THAT(Names(ready), ElementsAre("good"));
  std::vector<std::string> messages;
  for (const v1::LoadFailure& failure : ready.failures()) messages.push_back(failure.message());
  EXPECT_THAT(messages, SizeIs(12));
  EXPECT_THAT(messages, Each(HasSubstr("refused")));
  EXPECT_THAT(messages, testing::Contains(HasSubstr("`bad.json` is refused: its arguments' schema "
                                                    "is not JSON: line 1, column 2")));
  EXPECT_EQ(StopWorker(), 0);
}

TEST_F(LoadingTest, TheSameNameInTwoPluginsBelongsToTheFirst) {
  AddPuppet();
  AddPlugin("second", RSCA_PUPPET_PATH);
  bootstrap_.mutable_protocol_managers(1)->add_functions()->set_name("many");
  const v1::Ready ready = StartWorker();
  EXPECT_THAT(Names(ready), ElementsAre("also", "many", "once"));
  for (const auto& function : ready.functions()) EXPECT_EQ(function.protocol_manager(), "puppet");
  ASSERT_THAT(ready.failures(), SizeIs(1));
  EXPECT_EQ(ready.failures(0).protocol_manager(), "second");
}

TEST_F(LoadingTest, ArgumentsAreCheckedBeforeThePluginSeesThem) {
  std::vector<std::wstring> seen;
  strings_->on_register = [&seen](ULONGLONG, const std::wstring&, const std::wstring& arguments,
                                  ICustomAction2ResultCallback*) {
    seen.push_back(arguments);
    return E_ABORT;
  };
  strings_->functions = {
      Function(L"many", LR"({"type": "object", "properties": {"lines": {"type": "integer"}}})")};
  AddPuppet();
  StartWorker();
  server_.Start(1, "many", R"({"lines": "ten"})");
  const v1::Started refused = server_.WaitStarted(1);
  EXPECT_EQ(refused.hresult(), kHrInvalidArgument);
  ASSERT_THAT(refused.violations(), SizeIs(1));
  EXPECT_EQ(refused.violations(0).field(), "lines");
  EXPECT_THAT(seen, IsEmpty());
  server_.Start(2, "many", "");
  EXPECT_EQ(server_.WaitStarted(2).hresult(), E_ABORT);
  server_.Start(3, "many", " { \"lines\" : 10 } ");
  EXPECT_EQ(server_.WaitStarted(3).hresult(), E_ABORT);
  EXPECT_THAT(seen, ElementsAre(L"{}", L" { \"lines\" : 10 } "));
}

TEST_F(LoadingTest, TheFrameworkAnswersWhatItCanAndNothingElse) {
  bool asked = false;
  strings_->on_load = [&asked](IWorkerProcessFramework* framework) {
    asked = true;
    DWORD major = 9;
    DWORD minor = 9;
    EXPECT_EQ(framework->GetInterfaceVersion(&major, &minor), S_OK);
    EXPECT_EQ(major, 1u);
    EXPECT_EQ(minor, 0u);
    EXPECT_EQ(framework->GetInterfaceVersion(nullptr, &minor), E_POINTER);
    EXPECT_EQ(framework->GetInterfaceVersion(&major, nullptr), E_POINTER);
    PVOID answer = &asked;
    EXPECT_EQ(framework->GetWpfInterface(WPF_CONFIG_API_ID, &answer), E_NOTIMPL);
    EXPECT_EQ(answer, nullptr);
    EXPECT_EQ(framework->GetWpfInterface(static_cast<WPF_INTERFACE_ID_ENUM>(7), &answer),
              E_INVALIDARG);
    EXPECT_EQ(framework->GetWpfInterface(WPF_SETTINGS_ID, nullptr), E_POINTER);
    EXPECT_EQ(framework->GetCustomInterface(1, &answer), E_NOINTERFACE);
    EXPECT_EQ(framework->GetCustomInterface(1, nullptr), E_POINTER);
    WpfPtr<IWpfSettings> settings;
    ASSERT_EQ(framework->GetWpfInterface(WPF_SETTINGS_ID, settings.PutVoid()), S_OK);
    WCHAR pool[8] = {};
    DWORD size = 2;
    EXPECT_EQ(settings->GetStringProperty(APP_POOL_NAME, pool, &size),
              HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER));
    EXPECT_EQ(size, 5u);
    EXPECT_EQ(settings->GetStringProperty(APP_POOL_NAME, pool, &size), S_OK);
    EXPECT_STREQ(pool, L"test");
    EXPECT_EQ(settings->GetStringProperty(APP_POOL_NAME, pool, nullptr), E_POINTER);
    EXPECT_EQ(settings->GetStringProperty(CLR_VERSION, pool, &size), E_NOTIMPL);
    DWORD value;
    EXPECT_EQ(settings->GetDwordProperty(MANAGED_PIPELINE_MODE, &value), E_NOTIMPL);
    EXPECT_EQ(settings->GetDwordProperty(IDLE_TIMEOUT, nullptr), E_POINTER);
  };
  AddPuppet();
  StartWorker();
  EXPECT_EQ(StopWorker(), 0);
  EXPECT_TRUE(asked);
}

}  // namespace
}  // namespace rsca::worker
