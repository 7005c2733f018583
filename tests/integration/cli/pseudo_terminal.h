// A terminal for programs under test.
#ifndef RSCA_TESTS_INTEGRATION_CLI_PSEUDO_TERMINAL_H_
#define RSCA_TESTS_INTEGRATION_CLI_PSEUDO_TERMINAL_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

namespace rsca::support {

// A terminal of 60 columns and 25 lines.
class PseudoTerminal {
 public:
  PseudoTerminal() : master_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    EXPECT_EQ(grantpt(master_), 0);
    EXPECT_EQ(unlockpt(master_), 0);
    std::array<char, 128> name{};
    EXPECT_EQ(ptsname_r(master_, name.data(), name.size()), 0);
    path_ = name.data();
    // What was written is kept for as long as somebody has the other end open.
    slave_ = open(path_.c_str(), O_RDWR | O_NOCTTY);
    const winsize size{.ws_row = 25, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(ioctl(slave_, TIOCSWINSZ, &size), 0);
  }
  ~PseudoTerminal() {
    close(slave_);
    close(master_);
  }

  const std::string& path() const { return path_; }

  // What has been shown so far.
  const std::string& Shown() {
    std::array<char, 4096> buffer;
    for (ssize_t count = 0; (count = read(master_, buffer.data(), buffer.size())) > 0;) {
      shown_.append(buffer.data(), static_cast<size_t>(count));
    }
    return shown_;
  }

 private:
  int master_;
  int slave_ = -1;
  std::string path_;
  std::string shown_;
};

}  // namespace rsca::support

#endif  // RSCA_TESTS_INTEGRATION_CLI_PSEUDO_TERMINAL_H_
