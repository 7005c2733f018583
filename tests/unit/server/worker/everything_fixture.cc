#include "tests/unit/server/worker/everything_fixture.h"

#include "tests/support/eventually.h"

namespace rsca::worker {

void EverythingFixture::AddEverything() {
  AddOther("everything", "everything",
           {"everything.settings", "everything.application", "everything.preload",
            "everything.preload_failure", "everything.recycle", "everything.fail",
            "everything.fail_next_ping", "everything.health", "everything.answer",
            "everything.idle", "everything.suspend", "everything.preloading", "everything.release",
            "everything.calls", "everything.channels", "everything.started", "everything.stopped",
            "everything.messages", "everything.record"});
}

void EverythingFixture::AddOther(const std::string& name, const std::string& library,
                                 std::initializer_list<std::string> functions,
                                 const std::string& entry_point) {
  AddPlugin(name, RSCA_TEST_PLUGIN_DIR "/" + library + ".so", entry_point);
  auto* infos = bootstrap_.mutable_protocol_managers()->rbegin()->mutable_functions();
  for (const std::string& function : functions) {
    v1::FunctionInfo* info = infos->Add();
    info->set_name(function);
    info->set_answers(v1::FunctionInfo::ANSWERS_ONCE);
  }
}

void EverythingFixture::AddApplication(const std::string& id, uint32_t site_id, bool preload) {
  v1::Application* application = bootstrap_.add_applications();
  application->set_id(id);
  application->set_site_id(site_id);
  application->set_virtual_path("/" + id);
  application->set_config_path("MACHINE/" + id);
  application->set_preload(preload);
  application->set_preload_type("Warmer");
  application->add_preload_values("first");
  application->add_preload_values("second");
}

std::string EverythingFixture::Act(const std::string& function, const std::string& arguments) {
  return Run("everything." + function, arguments);
}

std::string EverythingFixture::Run(const std::string& function, const std::string& arguments) {
  std::string text;
  // The thread of a call that has just answered may not be back yet, and there may be no other.
  EXPECT_TRUE(support::Eventually([&] {
    const uint64_t channel = ++last_channel_;
    server_.StartRun(channel, function, arguments);
    const v1::Started started = server_.WaitStarted(channel);
    text = started.hresult() < 0 ? started.message() : Texts(server_.WaitEnd(channel)).back();
    return text.find("every thread of the worker is in a plug-in call") == std::string::npos;
  })) << text;
  return text;
}

void EverythingFixture::WaitCalled(const std::string& call) {
  EXPECT_TRUE(support::Eventually([&] {
    return Act("calls").find(call + "\n") != std::string::npos;
  })) << "never called: "
      << call << "\n"
      << Act("calls");
}

}  // namespace rsca::worker
