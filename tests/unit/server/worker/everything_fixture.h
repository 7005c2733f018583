// A worker in the test's own process, with tests/plugins/everything.cc as its plug-in.
#ifndef RSCA_TESTS_UNIT_SERVER_WORKER_EVERYTHING_FIXTURE_H_
#define RSCA_TESTS_UNIT_SERVER_WORKER_EVERYTHING_FIXTURE_H_

#include <initializer_list>
#include <string>

#include "tests/unit/server/worker/worker_fixture.h"

namespace rsca::worker {

class EverythingFixture : public WorkerFixture {
 protected:
  void AddEverything();
  // Another one of tests/plugins, with functions that answer once.
  void AddOther(const std::string& name, const std::string& library,
                std::initializer_list<std::string> functions,
                const std::string& entry_point = "GetProtocolManager");
  void AddApplication(const std::string& id, uint32_t site_id, bool preload);

  // What the function `everything.…` answers.
  std::string Act(const std::string& function, const std::string& arguments = "");
  std::string Run(const std::string& function, const std::string& arguments = "");

  // Until the plug-in says that this call was made.
  void WaitCalled(const std::string& call);

 private:
  uint64_t last_channel_ = 1000;
};

}  // namespace rsca::worker

#endif  // RSCA_TESTS_UNIT_SERVER_WORKER_EVERYTHING_FIXTURE_H_
