// A disk that fills up soon.
#ifndef RSCA_TESTS_SUPPORT_SMALL_DISK_H_
#define RSCA_TESTS_SUPPORT_SMALL_DISK_H_

#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "tests/support/temp_dir.h"

namespace rsca::support {

// A file system of so many MiB; gone with it. Only root can have one.
class SmallDisk {
 public:
  explicit SmallDisk(int mebibytes) {
    mounted_ = mount("rsca-test", dir_.path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
                     absl::StrCat("mode=0700,size=", mebibytes, "m").c_str()) == 0;
    if (!mounted_) error_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (mounted_) umount2(dir_.path().c_str(), MNT_DETACH);
  }

  // Why there is none; empty if there is.
  const std::string& error() const { return error_; }
  std::string File(std::string_view name) const { return dir_.File(name); }

 private:
  TempDir dir_;
  bool mounted_ = false;
  std::string error_;
};

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_SMALL_DISK_H_
