// What the tests of the process manager share.
#ifndef RSCA_TESTS_UNIT_SERVER_MANAGERS_PROCESS_PROCESS_TEST_SUPPORT_H_
#define RSCA_TESTS_UNIT_SERVER_MANAGERS_PROCESS_PROCESS_TEST_SUPPORT_H_

#include <sys/types.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "tests/support/plugin_fixture.h"

namespace rsca {

using Json = nlohmann::json;

// Whether `condition` came true before patience ran out; for what gives no sign of itself.
inline bool Eventually(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + kTestPatience;
  while (!condition()) {
    if (absl::Now() >= deadline) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// No such process, or one that has only not been waited for.
inline bool Gone(pid_t pid) {
  const std::string stat = ReadAll("/proc/" + std::to_string(pid) + "/stat");
  const size_t name_end = stat.rfind(')');
  return name_end == std::string::npos || stat.compare(name_end, 3, ") Z") == 0;
}

// All that was written to `stream` so far.
inline std::string Output(const Results& results, const std::string& stream = "stdout") {
  std::string output;
  for (const RecordedResult& result : results) {
    const Json event = Json::parse(result.response, nullptr, false);
    if (!event.is_object() || event.value("stream", "") != stream) continue;
    if (event.contains("data")) {
      output += event["data"].get<std::string>();
    } else {
      std::string bytes;
      absl::Base64Unescape(event.at("data_base64").get<std::string>(), &bytes);
      output += bytes;
    }
  }
  return output;
}

}  // namespace rsca

#endif  // RSCA_TESTS_UNIT_SERVER_MANAGERS_PROCESS_PROCESS_TEST_SUPPORT_H_
