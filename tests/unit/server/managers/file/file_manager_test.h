// The built file manager, for tests that call it as rsca-worker does.
#ifndef RSCA_TESTS_UNIT_SERVER_MANAGERS_FILE_FILE_MANAGER_TEST_H_
#define RSCA_TESTS_UNIT_SERVER_MANAGERS_FILE_FILE_MANAGER_TEST_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/plugin_fixture.h"
#include "tests/unit/server/managers/file/file_tests.h"

namespace rsca {

inline std::string Arguments(const std::string& path, nlohmann::json more = {}) {
  more["path"] = path;
  return more.dump();
}

// All responses, one after the other.
inline std::string Joined(const Results& results) {
  std::string joined;
  for (const RecordedResult& result : results) joined += result.response;
  return joined;
}

inline std::vector<std::string> Responses(const Results& results) {
  std::vector<std::string> responses;
  for (const RecordedResult& result : results) responses.push_back(result.response);
  return responses;
}

class FileManagerTest : public testing::Test {
 protected:
  static Plugin& plugin() {
    static Plugin plugin(RSCA_TEST_PLUGIN);
    return plugin;
  }

  TempDir dir_;
};

}  // namespace rsca

#endif  // RSCA_TESTS_UNIT_SERVER_MANAGERS_FILE_FILE_MANAGER_TEST_H_
