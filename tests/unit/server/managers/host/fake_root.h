// A directory that stands for `/` in tests of what is read from /proc, /sys and /etc.
#ifndef RSCA_TESTS_UNIT_SERVER_MANAGERS_HOST_FAKE_ROOT_H_
#define RSCA_TESTS_UNIT_SERVER_MANAGERS_HOST_FAKE_ROOT_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace rsca::managers {

class FakeRoot {
 public:
  FakeRoot() {
    std::string name = ::testing::TempDir() + "/rsca-host-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
    path_ = name;
  }
  ~FakeRoot() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  FakeRoot(const FakeRoot&) = delete;
  FakeRoot& operator=(const FakeRoot&) = delete;

  void Write(const std::string& file, const std::string& text) {
    const std::filesystem::path whole = path_ + file;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole, std::ios::binary) << text;
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace rsca::managers

#endif  // RSCA_TESTS_UNIT_SERVER_MANAGERS_HOST_FAKE_ROOT_H_
