// The binary interface: plug-ins are compiled elsewhere, so order, sizes and values never change.
#include <gtest/gtest.h>
#include <rsca/wpf_extensions.h>

#include <cstddef>
#include <cstring>
#include <type_traits>

namespace {

// The place of a virtual method in its class's table. The Itanium C++ ABI keeps it in the pointer
// to member: one plus the offset in bytes (ARM keeps the one in the second word instead).
template <typename Method>
size_t Slot(Method method) {
  static_assert(std::is_member_function_pointer_v<Method>);
  ptrdiff_t words[2];
  static_assert(sizeof(words) == sizeof(method));
  std::memcpy(words, &method, sizeof(words));
#if defined(__aarch64__) || defined(__arm__)
  return static_cast<size_t>(words[0]) / sizeof(void*);
#else
  return static_cast<size_t>(words[0] - 1) / sizeof(void*);
#endif
}

// A method with a given signature, which the compiler checks to the letter.
template <typename Class, typename Return, typename... Parameters>
size_t SlotOf(Return (Class::*method)(Parameters...)) {
  return Slot(method);
}

template <typename Interface>
constexpr bool kIsInterface =
    std::is_abstract_v<Interface> && !std::has_virtual_destructor_v<Interface> &&
    std::is_base_of_v<IWpfReferencedObject, Interface> && sizeof(Interface) == sizeof(void*);

TEST(WpfLayout, TypesHaveWindowsSizesAndSigns) {
  static_assert(sizeof(BYTE) == 1 && std::is_unsigned_v<BYTE>);
  static_assert(sizeof(WORD) == 2 && std::is_unsigned_v<WORD>);
  static_assert(sizeof(DWORD) == 4 && std::is_unsigned_v<DWORD>);
  static_assert(sizeof(ULONG) == 4 && std::is_unsigned_v<ULONG>);
  static_assert(sizeof(UINT) == 4 && std::is_unsigned_v<UINT>);
  static_assert(sizeof(LONG) == 4 && std::is_signed_v<LONG>);
  static_assert(sizeof(INT) == 4 && std::is_signed_v<INT>);
  static_assert(sizeof(BOOL) == 4 && std::is_signed_v<BOOL>);
  static_assert(sizeof(HRESULT) == 4 && std::is_signed_v<HRESULT>);
  static_assert(sizeof(LONGLONG) == 8 && std::is_signed_v<LONGLONG>);
  static_assert(sizeof(ULONGLONG) == 8 && std::is_unsigned_v<ULONGLONG>);
  static_assert(sizeof(PVOID) == sizeof(void*) && sizeof(HANDLE) == sizeof(void*));
  static_assert(std::is_same_v<WCHAR, wchar_t> && std::is_same_v<PCWSTR, const wchar_t*>);
  static_assert(std::is_same_v<PWSTR, wchar_t*> && std::is_same_v<PBYTE, BYTE*>);
  static_assert(sizeof(PM_INTERFACE_ID_ENUM) == 4 && sizeof(WPF_INTERFACE_ID_ENUM) == 4);
  static_assert(TRUE == 1 && FALSE == 0);
}

TEST(WpfLayout, InterfacesAreOneTablePointerAndDieThroughRelease) {
  static_assert(kIsInterface<IProtocolManager>);
  static_assert(kIsInterface<IPmListenerChannelManager>);
  static_assert(kIsInterface<IPmHealthAndIdleMonitor>);
  static_assert(kIsInterface<IPmCustomActions>);
  static_assert(kIsInterface<IPmApplicationPreload>);
  static_assert(kIsInterface<IPmIdleTimeOutAction>);
  static_assert(kIsInterface<IPmCustomActions2>);
  static_assert(kIsInterface<ICustomActionResultCallback>);
  static_assert(kIsInterface<ICustomAction2ResultCallback>);
  static_assert(kIsInterface<IHealthStatusCallback>);
  static_assert(kIsInterface<IWpfListenerChannelCallback>);
  static_assert(kIsInterface<IWorkerProcessFramework>);
  static_assert(kIsInterface<IWpfApplicationInfoUtil>);
  static_assert(kIsInterface<IWpfSettings>);
  static_assert(kIsInterface<IWpfActions>);
  static_assert(kIsInterface<IWpfExposeProtocolManagerCustomInterface>);
  static_assert(kIsInterface<IWpfApplicationPreloadUtil>);
  static_assert(kIsInterface<IRscaCatalogue>);
  static_assert(kIsInterface<IRscaRegistrations>);
}

TEST(WpfLayout, MethodsOfTheBaseStandFirst) {
  EXPECT_EQ((SlotOf<IWpfReferencedObject, ULONG>(&IWpfReferencedObject::AddRef)), 0U);
  EXPECT_EQ((SlotOf<IWpfReferencedObject, ULONG>(&IWpfReferencedObject::Release)), 1U);
}

TEST(WpfLayout, MethodsOfTheProtocolManagerKeepTheirOrder) {
  EXPECT_EQ((SlotOf<IProtocolManager, HRESULT, PM_INTERFACE_ID_ENUM, PVOID*>(
                &IProtocolManager::GetPmInterface)),
            2U);
  EXPECT_EQ(
      (SlotOf<IProtocolManager, HRESULT, DWORD, PVOID*>(&IProtocolManager::GetCustomInterface)),
      3U);
  EXPECT_EQ((SlotOf<IProtocolManager, HRESULT, BOOL>(&IProtocolManager::Shutdown)), 4U);

  using Channels = IPmListenerChannelManager;
  EXPECT_EQ((SlotOf<Channels, HRESULT, PCWSTR, IWpfListenerChannelCallback*>(
                &Channels::StartListenerChannel)),
            2U);
  EXPECT_EQ((SlotOf<Channels, HRESULT, PCWSTR, IWpfListenerChannelCallback*, BOOL>(
                &Channels::StopListenerChannel)),
            3U);

  using Monitor = IPmHealthAndIdleMonitor;
  EXPECT_EQ((SlotOf<Monitor, HRESULT, BOOL*>(&Monitor::CheckIdle)), 2U);
  EXPECT_EQ((SlotOf<Monitor, HRESULT, IHealthStatusCallback*>(&Monitor::CheckHealth)), 3U);

  EXPECT_EQ((SlotOf<IPmCustomActions, HRESULT, PCWSTR, PCWSTR, ICustomActionResultCallback*>(
                &IPmCustomActions::RunCustomAction)),
            2U);
  EXPECT_EQ((SlotOf<IPmApplicationPreload, HRESULT, DWORD, PCWSTR, BOOL>(
                &IPmApplicationPreload::PreloadApplication)),
            2U);
  EXPECT_EQ((SlotOf<IPmIdleTimeOutAction, HRESULT>(&IPmIdleTimeOutAction::SuspendProcess)), 2U);

  using Actions2 = IPmCustomActions2;
  EXPECT_EQ((SlotOf<Actions2, HRESULT, PCWSTR, PCWSTR, ICustomAction2ResultCallback*>(
                &Actions2::RegisterCustomActionCallback)),
            2U);
  EXPECT_EQ((SlotOf<Actions2, HRESULT, PCWSTR>(&Actions2::UnregisterCustomActionCallback)), 3U);
}

TEST(WpfLayout, MethodsOfTheCallbacksKeepTheirOrder) {
  EXPECT_EQ((SlotOf<ICustomActionResultCallback, HRESULT, HRESULT, PBYTE, DWORD>(
                &ICustomActionResultCallback::ReportResult)),
            2U);
  EXPECT_EQ((SlotOf<ICustomAction2ResultCallback, HRESULT, HRESULT, BOOL, PBYTE, DWORD>(
                &ICustomAction2ResultCallback::ReportResult)),
            2U);
  EXPECT_EQ((SlotOf<IHealthStatusCallback, HRESULT, BOOL>(&IHealthStatusCallback::ReportHealth)),
            2U);

  using Channel = IWpfListenerChannelCallback;
  EXPECT_EQ((SlotOf<Channel, HRESULT>(&Channel::ReportStarted)), 2U);
  EXPECT_EQ((SlotOf<Channel, HRESULT, HRESULT>(&Channel::ReportStopped)), 3U);
  EXPECT_EQ((SlotOf<Channel, HRESULT>(&Channel::ReportMessageReceived)), 4U);
  EXPECT_EQ((SlotOf<Channel, HRESULT, DWORD*>(&Channel::GetId)), 5U);
  EXPECT_EQ((SlotOf<Channel, HRESULT, PBYTE, DWORD*>(&Channel::GetBlob)), 6U);
}

TEST(WpfLayout, MethodsOfTheFrameworkKeepTheirOrder) {
  using Framework = IWorkerProcessFramework;
  EXPECT_EQ(
      (SlotOf<Framework, HRESULT, WPF_INTERFACE_ID_ENUM, PVOID*>(&Framework::GetWpfInterface)), 2U);
  EXPECT_EQ((SlotOf<Framework, HRESULT, DWORD, PVOID*>(&Framework::GetCustomInterface)), 3U);
  EXPECT_EQ((SlotOf<Framework, HRESULT, PDWORD, PDWORD>(&Framework::GetInterfaceVersion)), 4U);

  EXPECT_EQ((SlotOf<IWpfApplicationInfoUtil, HRESULT, PCWSTR, PWSTR, DWORD*, DWORD*>(
                &IWpfApplicationInfoUtil::GetApplicationPropertiesFromAppId)),
            2U);

  using Settings = IWpfSettings;
  EXPECT_EQ(
      (SlotOf<Settings, HRESULT, WPF_SETTINGS_DWORD_ENUM, DWORD*>(&Settings::GetDwordProperty)),
      2U);
  EXPECT_EQ((SlotOf<Settings, HRESULT, WPF_SETTINGS_ULONGLONG_ENUM, ULONGLONG*>(
                &Settings::GetUlonglongProperty)),
            3U);
  EXPECT_EQ((SlotOf<Settings, HRESULT, WPF_SETTINGS_STRING_ENUM, PWSTR, DWORD*>(
                &Settings::GetStringProperty)),
            4U);
  EXPECT_EQ((SlotOf<Settings, HRESULT, WPF_SETTINGS_BOOL_ENUM, BOOL*>(&Settings::GetBoolProperty)),
            5U);
  EXPECT_EQ(
      (SlotOf<Settings, HRESULT, WPF_SETTINGS_HANDLE_ENUM, HANDLE*>(&Settings::GetHandleProperty)),
      6U);

  EXPECT_EQ((SlotOf<IWpfActions, void, PCWSTR>(&IWpfActions::RecycleWorkerProcess)), 2U);
  EXPECT_EQ((SlotOf<IWpfActions, void, PCWSTR, HRESULT, BOOL>(&IWpfActions::FailWorkerProcess)),
            3U);

  using Expose = IWpfExposeProtocolManagerCustomInterface;
  EXPECT_EQ((SlotOf<Expose, HRESULT, PCWSTR, PCWSTR, DWORD, PVOID*>(
                &Expose::LoadProtocolManagerAndGetCustomInterface)),
            2U);

  using Preload = IWpfApplicationPreloadUtil;
  EXPECT_EQ((SlotOf<Preload, HRESULT, PCWSTR, BOOL*, BSTR*, SAFEARRAY**>(
                &Preload::GetApplicationPreloadInfo)),
            2U);
  EXPECT_EQ((SlotOf<Preload, HRESULT, PCWSTR, HRESULT, PCWSTR>(
                &Preload::ReportApplicationPreloadFailure)),
            3U);
}

TEST(WpfLayout, RscasExtensionsKeepTheirOrderAndShape) {
  EXPECT_EQ((SlotOf<IRscaCatalogue, HRESULT, DWORD*>(&IRscaCatalogue::GetFunctionCount)), 2U);
  EXPECT_EQ((SlotOf<IRscaCatalogue, HRESULT, DWORD, RSCA_FUNCTION*>(&IRscaCatalogue::GetFunction)),
            3U);
  using Registrations = IRscaRegistrations;
  EXPECT_EQ(
      (SlotOf<Registrations, HRESULT, ULONGLONG, PCWSTR, PCWSTR, ICustomAction2ResultCallback*>(
          &Registrations::RegisterCustomActionCallback)),
      2U);
  EXPECT_EQ(
      (SlotOf<Registrations, HRESULT, ULONGLONG>(&Registrations::UnregisterCustomActionCallback)),
      3U);

  static_assert(RSCA_CATALOGUE_ID == 0x52534301 && RSCA_REGISTRATIONS_ID == 0x52534302);
  static_assert(RSCA_ANSWERS_ONCE == 1 && RSCA_ANSWERS_MANY == 2);
  static_assert(RSCA_READ_ONLY == 1 && RSCA_IDEMPOTENT == 2 && RSCA_RESTARTABLE == 4 &&
                RSCA_AT_MOST_ONCE == 8);
  static_assert(std::is_standard_layout_v<RSCA_FUNCTION> &&
                sizeof(RSCA_FUNCTION) == 4 * sizeof(void*) + 2 * sizeof(DWORD));
  static_assert(offsetof(RSCA_FUNCTION, pszName) == 0 &&
                offsetof(RSCA_FUNCTION, pszSummary) == sizeof(void*) &&
                offsetof(RSCA_FUNCTION, pszArgumentsSchema) == 2 * sizeof(void*) &&
                offsetof(RSCA_FUNCTION, pszResponseContentType) == 3 * sizeof(void*) &&
                offsetof(RSCA_FUNCTION, dwAnswers) == 4 * sizeof(void*) &&
                offsetof(RSCA_FUNCTION, dwSemantics) == 4 * sizeof(void*) + sizeof(DWORD));
}

TEST(WpfLayout, AutomationTypesHaveWindowsShape) {
  static_assert(sizeof(SAFEARRAYBOUND) == 8 && offsetof(SAFEARRAYBOUND, lLbound) == 4);
  static_assert(std::is_standard_layout_v<SAFEARRAY> && offsetof(SAFEARRAY, cDims) == 0 &&
                offsetof(SAFEARRAY, fFeatures) == 2 && offsetof(SAFEARRAY, cbElements) == 4 &&
                offsetof(SAFEARRAY, cLocks) == 8 &&
                offsetof(SAFEARRAY, rgsabound) == offsetof(SAFEARRAY, pvData) + sizeof(void*));
  static_assert(sizeof(void*) != 8 ||
                (offsetof(SAFEARRAY, pvData) == 16 && sizeof(SAFEARRAY) == 32));
  static_assert(VT_BSTR == 8 && FADF_BSTR == 0x100);
  static_assert(std::is_same_v<BSTR, WCHAR*>);
}

// The four bytes before the characters, as code for Windows reads them.
TEST(WpfLayout, TheSizeOfABstrStandsBeforeItsCharacters) {
  BSTR const bstr = SysAllocString(L"abc");
  ASSERT_NE(bstr, nullptr);
  std::uint32_t bytes;
  std::memcpy(&bytes, reinterpret_cast<const char*>(bstr) - 4, sizeof(bytes));
  EXPECT_EQ(bytes, 3 * sizeof(WCHAR));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bstr) % alignof(WCHAR), 0U);
  SysFreeString(bstr);
}

TEST(WpfLayout, InterfaceAndSettingIdsHaveTheirDocumentedValues) {
  static_assert(PM_LISTENER_CHANNEL_MANAGER_ID == 1 && PM_HEALTH_AND_IDLE_MONITOR_ID == 2 &&
                PM_CUSTOM_ACTIONS_ID == 3 && PM_APPLICATION_PRELOAD_ID == 4 &&
                PM_IDLE_TIMEOUT_ID == 5 && PM_CUSTOM_ACTIONS_2_ID == 6);
  static_assert(WPF_CONFIG_API_ID == 1 && WPF_APPLICATION_INFO_UTIL_ID == 2 &&
                WPF_SETTINGS_ID == 3 && WPF_ACTIONS_ID == 4 &&
                WPF_EXPOSE_PROTOCOL_MANAGER_CUSTOM_INTERFACE_ID == 5 &&
                WPF_APPLICATION_PRELOAD_INFO_UTIL_ID == 6);
  static_assert(CLR_VERSION == 0 && APP_POOL_NAME == 1 && APP_HOST_FILE_NAME == 2 &&
                ROOT_WEB_CONFIG_FILE_NAME == 3 && CLR_CONFIG_FILE_NAME == 4 &&
                CLR_VERSION_PATH == 5);
  static_assert(PERIODIC_RESTART_REQUESTS == 1 && PERIODIC_RESTART_TIME == 2 && IDLE_TIMEOUT == 3 &&
                MANAGED_PIPELINE_MODE == 4 && THREAD_AFFINITY_POLICY == 5 &&
                IDLE_TIMEOUT_ACTION == 6);
  static_assert(PERIODIC_RESTART_VIRTUAL_MEMORY == 0 && PERIODIC_RESTART_PRIVATE_MEMORY == 1);
  static_assert(ENABLED_CENTRAL_BINARY_LOGGING == 0 && ENABLED_HOSTABLE_WEB_CORE == 1);
  static_assert(ANONYMOUS_USER_TOKEN == 0);
}

TEST(WpfLayout, DefaultParametersAreThoseOfTheHeader) {
  // Compiles only where the last parameters may be left out.
  [[maybe_unused]] const auto preload = [](IPmApplicationPreload* target) {
    return target->PreloadApplication(1, L"path");
  };
  [[maybe_unused]] const auto fail = [](IWpfActions* target) {
    target->FailWorkerProcess(L"reason", E_FAIL);
  };
  static_assert(std::is_same_v<PFN_GET_PROTOCOL_MANAGER,
                               HRESULT (*)(IWorkerProcessFramework*, IProtocolManager**)>);
}

}  // namespace
