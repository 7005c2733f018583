#include "common/default_paths.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace rsca {
namespace {

// Puts XDG_RUNTIME_DIR back afterwards.
class DefaultPaths : public ::testing::Test {
 protected:
  DefaultPaths() {
    const char* value = getenv("XDG_RUNTIME_DIR");
    if (value != nullptr) before_ = value;
    had_one_ = value != nullptr;
  }
  ~DefaultPaths() override {
    if (had_one_) {
      setenv("XDG_RUNTIME_DIR", before_.c_str(), 1);
    } else {
      unsetenv("XDG_RUNTIME_DIR");
    }
  }

 private:
  std::string before_;
  bool had_one_;
};

// For root: the same question asked by a child that has become somebody else.
std::string AsUser(uid_t uid) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(uid) != 0) _exit(1);
    const std::string dir = DefaultRuntimeDir();
    _exit(write(ends[1], dir.data(), dir.size()) == static_cast<ssize_t>(dir.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string dir(4096, '\0');
  const ssize_t got = read(ends[0], dir.data(), dir.size());
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  dir.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return dir;
}

TEST_F(DefaultPaths, OfRootAreBelowRun) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  setenv("XDG_RUNTIME_DIR", "/somewhere", 1);
  EXPECT_EQ(DefaultRuntimeDir(), "/run/rsca");
  EXPECT_EQ(DefaultServerAddress(), "unix:/run/rsca/rscad.sock");
}

TEST_F(DefaultPaths, OfUsersFollowTheirSession) {
  setenv("XDG_RUNTIME_DIR", "/run/user/1234", 1);
  EXPECT_EQ(AsUser(1234), "/run/user/1234/rsca");
}

TEST_F(DefaultPaths, OfUsersWithoutASessionAreTheirOwnBelowTmp) {
  const uid_t uid = geteuid() == 0 ? 1234 : geteuid();
  unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(AsUser(uid), "/tmp/rsca-" + std::to_string(uid));
  setenv("XDG_RUNTIME_DIR", "", 1);
  EXPECT_EQ(AsUser(uid), "/tmp/rsca-" + std::to_string(uid));
}

TEST_F(DefaultPaths, AddressIsTheSocketInTheDirectory) {
  EXPECT_EQ(DefaultServerAddress(), "unix:" + DefaultRuntimeDir() + "/rscad.sock");
}

}  // namespace
}  // namespace rsca
