// Plug-ins that cannot be loaded: the others of the pool work, and the server says what is wrong.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/proc.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"
#include "tests/support/temp_dir.h"

namespace rsca::support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Manager WithEntryPoint(const std::string& name, const std::string& entry_point) {
  Manager manager(name, PluginPath("bad_entry_points"));
  manager.entry_point = entry_point;
  return manager;
}

// The pool has the bad plug-in and a good one.
void ExpectLeftOut(const Manager& bad, const std::string& why) {
  SCOPED_TRACE(bad.library + " " + bad.entry_point);
  RscadProcess server(Config().Pool("default", {bad, "echo"}));
  EXPECT_THAT(RunAction(server.stub(), "echo", "here").status, IsOk());
  for (const v1::CustomAction& action : ListCustomActions(server.stub())) {
    EXPECT_TRUE(action.protocol_manager() != bad.name || !action.unavailable_reason().empty());
  }
  EXPECT_THAT(server.Log(), HasSubstr(why));
}

void ExpectNotLoaded(const grpc::Status& refused, const std::string& manager) {
  EXPECT_THAT(refused,
              IsError(absl::StatusCode::kFailedPrecondition, "PROTOCOL_MANAGER_NOT_LOADED"));
  EXPECT_EQ(Metadata(refused, "protocol_manager"), manager);
  EXPECT_EQ(Metadata(refused, "pool"), "default");
  EXPECT_THAT(refused.error_message(),
              HasSubstr("protocol manager " + manager + " of pool default"));
  EXPECT_THAT(refused.error_message(), HasSubstr(".so"));
}

TEST(ALibrary, ThatIsNoneIsLeftOut) { ExpectLeftOut("not_a_library", "not_a_library.so"); }

TEST(ALibrary, WithoutTheEntryPointIsLeftOut) {
  ExpectLeftOut("no_entry_point", "GetProtocolManager");
}

TEST(ALibrary, WhoseEntryPointFailsIsLeftOut) {
  ExpectLeftOut(WithEntryPoint("failing", "GetProtocolManager"), "0x8007000e");
}

TEST(ALibrary, WhoseEntryPointGivesNothingIsLeftOut) {
  ExpectLeftOut(WithEntryPoint("nothing", "GetNull"), "GetNull");
}

TEST(ALibrary, WhoseEntryPointThrowsIsLeftOut) {
  ExpectLeftOut(WithEntryPoint("throwing", "GetByException"), "GetByException");
}

TEST(ALibrary, MayNameItsEntryPoint) {
  RscadProcess server(Config().Pool("default", {WithEntryPoint("renamed", "GetRenamed")}));
  const std::vector<v1::CustomAction> actions = ListCustomActions(server.stub());
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_EQ(actions[0].function(), "renamed");
  EXPECT_THAT(ResultStream::Register(server.stub(), "renamed").Finish(),
              IsError(absl::StatusCode::kUnimplemented, "PLUGIN_REFUSED"))
      << "E_NOTIMPL";
}

TEST(ALibrary, ThatGoesMissingLeavesItsConfiguredFunctionsUnavailable) {
  Manager missing("missing", PluginPath("not_a_library"));
  missing.many = {"missing.function"};
  RscadProcess server(Config().Pool("default", {missing, "echo"}));
  const grpc::Status refused = ResultStream::Register(server.stub(), "missing.function").Finish();
  ExpectNotLoaded(refused, "missing");
}

TEST(ALibrary, ThatGoesMissingLaterLeavesTheFunctionsThatItHadUnavailable) {
  TempDir dir;
  const std::string library = dir.File("echo.so");
  std::filesystem::copy_file(PluginPath("echo"), library);
  RscadProcess server(
      Config().Pool("default", {Manager("gone", library)}, {{"restart_backoff_min", "10ms"}}));
  EXPECT_THAT(RunAction(server.stub(), "echo", "here").status, IsOk());
  std::filesystem::remove(library);
  SendSignal(server.OnlyWorker(), SIGKILL);
  ASSERT_TRUE(server.WaitForLog("worker=default-2 protocol_manager=gone"));
  ExpectNotLoaded(RunAction(server.stub(), "echo", "here").status, "gone");
}

TEST(ALibrary, ThatIsNoneIsNamedWhereAFunctionIsNotFound) {
  RscadProcess server(Config().Pool("default", {"not_a_library", "echo"}));
  const grpc::Status refused = RunAction(server.stub(), "of.the.missing", "").status;
  EXPECT_THAT(refused, IsError(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND"));
  EXPECT_THAT(refused.error_message(), HasSubstr("pool default could not load not-a-library: "));
  EXPECT_THAT(refused.error_message(), HasSubstr("not_a_library.so"));
}

TEST(ALibrary, ThatIsMissingInOnePoolDoesNotHideAnother) {
  Manager missing("missing", PluginPath("not_a_library"));
  missing.once = {"echo"};
  RscadProcess server(Config().Pool("first", {missing}).Pool("second", {"echo"}));
  EXPECT_THAT(RunAction(server.stub(), "echo", "here").status, IsOk());
}

TEST(ACatalogue, WithTextThatIsNoUnicodeLosesThoseFunctionsOnly) {
  RscadProcess server(Config().Pool("default", {"bad_text", "echo"}));
  for (const v1::CustomAction& action : ListCustomActions(server.stub())) {
    EXPECT_THAT(action.function(), testing::AnyOf("bad_text", testing::StartsWith("echo")));
    EXPECT_THAT(action.summary(), testing::Not(HasSubstr("\xED\xA0\x80")))
        << "never a lone surrogate";
  }
  EXPECT_THAT(RunAction(server.stub(), "echo", "here").status, IsOk());
  EXPECT_THAT(server.Log(), HasSubstr("bad_text"));
}

}  // namespace
}  // namespace rsca::support
