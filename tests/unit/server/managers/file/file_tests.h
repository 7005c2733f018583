// What the file manager's tests share: a directory of their own and real files in it.
#ifndef RSCA_TESTS_UNIT_SERVER_MANAGERS_FILE_FILE_TESTS_H_
#define RSCA_TESTS_UNIT_SERVER_MANAGERS_FILE_FILE_TESTS_H_

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace rsca {

// Removed with all that is in it.
class TempDir {
 public:
  TempDir() {
    std::string name = std::filesystem::temp_directory_path() / "rsca_file_XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Appends in one write; makes the file when there is none.
inline void Append(const std::string& path, std::string_view bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_GE(fd, 0) << path;
  EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  close(fd);
}

inline void Rename(const std::string& from, const std::string& to) {
  ASSERT_EQ(rename(from.c_str(), to.c_str()), 0) << from;
}

inline void Truncate(const std::string& path) { ASSERT_EQ(truncate(path.c_str(), 0), 0) << path; }

// While it lives, the calling thread may open no more than anybody may, also when root runs the
// test.
class AsNobody {
 public:
  AsNobody() : before_(geteuid()) {
    if (before_ == 0) setfsuid(65534);
  }
  ~AsNobody() { setfsuid(before_); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  const uid_t before_;
};

}  // namespace rsca

#endif  // RSCA_TESTS_UNIT_SERVER_MANAGERS_FILE_FILE_TESTS_H_
