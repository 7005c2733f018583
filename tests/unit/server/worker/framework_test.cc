// What IWorkerProcessFramework offers: settings, applications, actions.
#include "tests/unit/server/worker/everything_fixture.h"

namespace rsca::worker {
namespace {

using testing::HasSubstr;

class FrameworkTest : public EverythingFixture {
 protected:
  FrameworkTest() {
    AddEverything();
    AddApplication("shop", 7, false);
  }

  static bool IsRequest(const v1::ControlRequest& message) { return message.has_request(); }
};

TEST_F(FrameworkTest, SettingsComeFromThePoolsConfiguration) {
  v1::PoolSettings* settings = bootstrap_.mutable_settings();
  settings->set_idle_timeout_minutes(20);
  settings->set_idle_timeout_action(1);
  settings->set_periodic_restart_minutes(1740);
  settings->set_periodic_restart_requests(5000);
  settings->set_periodic_restart_private_memory_kib(uint64_t{5} << 32);
  settings->set_periodic_restart_virtual_memory_kib(uint64_t{6} << 32);
  settings->set_config_file("/etc/rsca/rscad.yaml");
  StartWorker();
  EXPECT_EQ(Act("settings"),
            "string 0 0x80004001\n"
            "string 1 test\n"
            "string 2 /etc/rsca/rscad.yaml\n"
            "string 3 0x80004001\n"
            "string 4 0x80004001\n"
            "string 5 0x80004001\n"
            "dword 1 5000\n"
            "dword 2 1740\n"
            "dword 3 20\n"
            "dword 4 0x80004001\n"
            "dword 5 0x80004001\n"
            "dword 6 1\n"
            "ulonglong 0 25769803776\n"
            "ulonglong 1 21474836480\n"
            "bool 0 0x80004001\n"
            "bool 1 0x80004001\n"
            "handle 0 0x80004001\n");
}

TEST_F(FrameworkTest, WithoutAConfigurationFileItsNameIsNotFound) {
  StartWorker();
  EXPECT_THAT(Act("settings"), HasSubstr("string 2 0x80070002\n"));
}

TEST_F(FrameworkTest, ApplicationsAreFoundById) {
  StartWorker();
  EXPECT_EQ(Act("application", "shop"), "site 7 path /shop");
  EXPECT_EQ(Act("application", "nobody"), "0x80070490");
}

TEST_F(FrameworkTest, PreloadValuesAreAnArrayOfStrings) {
  AddApplication("blog", 8, true);
  bootstrap_.mutable_applications(1)->clear_preload_values();
  bootstrap_.mutable_applications(1)->clear_preload_type();
  StartWorker();
  EXPECT_EQ(Act("preload", "MACHINE/shop"), "disabled type Warmer values first second");
  EXPECT_EQ(Act("preload", "MACHINE/blog"), "enabled type  values");
  EXPECT_EQ(Act("preload", "MACHINE/none"), "0x80070490");
}

TEST_F(FrameworkTest, ARecycleIsRequestedWithItsReason) {
  StartWorker();
  EXPECT_EQ(Act("recycle", "grown too large"), "asked");
  EXPECT_EQ(server_.WaitMessage(IsRequest).request().recycle(), "grown too large");
}

TEST_F(FrameworkTest, ANullReasonIsAnEmptyOne) {
  StartWorker();
  EXPECT_EQ(Act("recycle"), "asked");
  const v1::ControlRequest message = server_.WaitMessage(IsRequest);
  EXPECT_TRUE(message.request().has_recycle());
  EXPECT_EQ(message.request().recycle(), "");
}

TEST_F(FrameworkTest, AFailureAtOnceNamesPluginReasonAndHresult) {
  StartWorker();
  EXPECT_EQ(Act("fail", "state lost"), "asked");
  const v1::WorkerFailure failure = server_.WaitMessage(IsRequest).request().fail();
  EXPECT_EQ(failure.protocol_manager(), "everything");
  EXPECT_EQ(failure.reason(), "state lost");
  EXPECT_EQ(failure.hresult(), HRESULT_FROM_WIN32(ERROR_DISK_FULL));
}

TEST_F(FrameworkTest, AFailureOnTheNextPingAnswersItAndAllAfterIt) {
  StartWorker();
  server_.Ping(1);
  EXPECT_FALSE(server_.WaitPong(1).has_failure());
  EXPECT_EQ(Act("fail_next_ping", "first"), "asked");
  EXPECT_EQ(Act("fail_next_ping", "second"), "asked");
  for (const uint64_t number : {uint64_t{2}, uint64_t{3}}) {
    server_.Ping(number);
    const v1::WorkerFailure failure = server_.WaitPong(number).failure();
    EXPECT_EQ(failure.protocol_manager(), "everything");
    EXPECT_EQ(failure.reason(), "first");
    EXPECT_EQ(failure.hresult(), HRESULT_FROM_WIN32(ERROR_DISK_FULL));
  }
  EXPECT_EQ(server_.CountMessages(v1::ControlRequest::kRequest), 0u);
}

TEST_F(FrameworkTest, APluginThatAsksWithoutEndIsHeardOnceInAWhile) {
  StartWorker();
  for (int i = 0; i < 20; ++i) Act("recycle", "again");
  EXPECT_TRUE(server_.PingPong());
  const size_t heard = server_.CountMessages(v1::ControlRequest::kRequest);
  EXPECT_GE(heard, 1u);
  EXPECT_LT(heard, 20u);
}

TEST_F(FrameworkTest, RequestsFromTheEntryPointReachTheServer) {
  strings_->on_load = [](IWorkerProcessFramework* framework) {
    WpfPtr<IWpfActions> actions;
    ASSERT_EQ(framework->GetWpfInterface(WPF_ACTIONS_ID, actions.PutVoid()), S_OK);
    actions->FailWorkerProcess(L"no licence", E_ACCESSDENIED);
  };
  AddPuppet();
  StartWorker();
  const v1::WorkerFailure failure = server_.WaitMessage(IsRequest).request().fail();
  EXPECT_EQ(failure.protocol_manager(), "puppet");
  EXPECT_EQ(failure.hresult(), E_ACCESSDENIED);
}

TEST_F(FrameworkTest, InterfacesThatAPluginKeepsAreHarmlessAfterTheEnd) {
  WpfPtr<IWpfActions> actions;
  WpfPtr<IWpfApplicationPreloadUtil> preload;
  WpfPtr<IWpfExposeProtocolManagerCustomInterface> expose;
  strings_->on_load = [&](IWorkerProcessFramework* framework) {
    framework->GetWpfInterface(WPF_ACTIONS_ID, actions.PutVoid());
    framework->GetWpfInterface(WPF_APPLICATION_PRELOAD_INFO_UTIL_ID, preload.PutVoid());
    framework->GetWpfInterface(WPF_EXPOSE_PROTOCOL_MANAGER_CUSTOM_INTERFACE_ID, expose.PutVoid());
  };
  AddPuppet();
  StartWorker();
  EXPECT_EQ(StopWorker(), 0);
  worker_ = nullptr;
  actions->RecycleWorkerProcess(L"late");
  actions->FailWorkerProcess(L"late", E_FAIL, FALSE);
  actions->FailWorkerProcess(L"late", E_FAIL, TRUE);
  EXPECT_EQ(preload->ReportApplicationPreloadFailure(L"MACHINE/shop", E_FAIL, nullptr), S_OK);
  PVOID answer = &actions;
  EXPECT_EQ(expose->LoadProtocolManagerAndGetCustomInterface(L"x.so", L"Get", 1, &answer),
            HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS));
  EXPECT_EQ(answer, nullptr);
}

TEST_F(FrameworkTest, BadPointersAndTextAreRefused) {
  strings_->on_load = [](IWorkerProcessFramework* framework) {
    const WCHAR surrogate[] = {static_cast<WCHAR>(0xD800), 0};
    constexpr HRESULT kNotUnicode = HRESULT_FROM_WIN32(ERROR_NO_UNICODE_TRANSLATION);
    DWORD size = 0;
    DWORD site = 0;
    BOOL enabled = FALSE;
    BSTR type = nullptr;
    SAFEARRAY* values = nullptr;
    PVOID answer = nullptr;
    WpfPtr<IWpfSettings> settings;
    WpfPtr<IWpfApplicationInfoUtil> info;
    WpfPtr<IWpfApplicationPreloadUtil> preload;
    WpfPtr<IWpfExposeProtocolManagerCustomInterface> expose;
    framework->GetWpfInterface(WPF_SETTINGS_ID, settings.PutVoid());
    framework->GetWpfInterface(WPF_APPLICATION_INFO_UTIL_ID, info.PutVoid());
    framework->GetWpfInterface(WPF_APPLICATION_PRELOAD_INFO_UTIL_ID, preload.PutVoid());
    framework->GetWpfInterface(WPF_EXPOSE_PROTOCOL_MANAGER_CUSTOM_INTERFACE_ID, expose.PutVoid());
    EXPECT_EQ(settings->GetDwordProperty(static_cast<WPF_SETTINGS_DWORD_ENUM>(7), &size),
              E_INVALIDARG);
    EXPECT_EQ(settings->GetUlonglongProperty(PERIODIC_RESTART_PRIVATE_MEMORY, nullptr), E_POINTER);
    EXPECT_EQ(settings->GetBoolProperty(ENABLED_HOSTABLE_WEB_CORE, nullptr), E_POINTER);
    EXPECT_EQ(settings->GetHandleProperty(ANONYMOUS_USER_TOKEN, nullptr), E_POINTER);
    EXPECT_EQ(info->GetApplicationPropertiesFromAppId(nullptr, nullptr, &size, &site), E_POINTER);
    EXPECT_EQ(info->GetApplicationPropertiesFromAppId(L"shop", nullptr, nullptr, &site), E_POINTER);
    EXPECT_EQ(info->GetApplicationPropertiesFromAppId(L"shop", nullptr, &size, nullptr), E_POINTER);
    EXPECT_EQ(info->GetApplicationPropertiesFromAppId(surrogate, nullptr, &size, &site),
              kNotUnicode);
    EXPECT_EQ(info->GetApplicationPropertiesFromAppId(L"shop", nullptr, &size, &site),
              HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER));
    EXPECT_EQ(size, 6u);
    EXPECT_EQ(site, 7u);
    EXPECT_EQ(preload->GetApplicationPreloadInfo(nullptr, &enabled, &type, &values), E_POINTER);
    EXPECT_EQ(preload->GetApplicationPreloadInfo(L"x", nullptr, &type, &values), E_POINTER);
    EXPECT_EQ(preload->GetApplicationPreloadInfo(L"x", &enabled, nullptr, &values), E_POINTER);
    EXPECT_EQ(preload->GetApplicationPreloadInfo(L"x", &enabled, &type, nullptr), E_POINTER);
    EXPECT_EQ(preload->GetApplicationPreloadInfo(surrogate, &enabled, &type, &values), kNotUnicode);
    EXPECT_EQ(preload->ReportApplicationPreloadFailure(nullptr, E_FAIL, nullptr), E_POINTER);
    EXPECT_EQ(expose->LoadProtocolManagerAndGetCustomInterface(nullptr, L"Get", 1, &answer),
              E_POINTER);
    EXPECT_EQ(expose->LoadProtocolManagerAndGetCustomInterface(L"x.so", nullptr, 1, &answer),
              E_POINTER);
    EXPECT_EQ(expose->LoadProtocolManagerAndGetCustomInterface(L"x.so", L"Get", 1, nullptr),
              E_POINTER);
    EXPECT_EQ(expose->LoadProtocolManagerAndGetCustomInterface(L"", L"Get", 1, &answer),
              E_INVALIDARG);
    EXPECT_EQ(expose->LoadProtocolManagerAndGetCustomInterface(surrogate, L"Get", 1, &answer),
              kNotUnicode);
  };
  AddPuppet();
  StartWorker();
  EXPECT_EQ(StopWorker(), 0);
}

}  // namespace
}  // namespace rsca::worker
