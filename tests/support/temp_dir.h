// A directory of its own with mode 0700, removed with all that is in it.
#ifndef RSCA_TESTS_SUPPORT_TEMP_DIR_H_
#define RSCA_TESTS_SUPPORT_TEMP_DIR_H_

#include <string>
#include <string_view>

namespace rsca::support {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }

  // The path of a file in it.
  std::string File(std::string_view name) const;

 private:
  std::string path_;
};

// The whole file; empty if there is none.
std::string ReadFile(const std::string& path);

void WriteFile(const std::string& path, std::string_view text);

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_TEMP_DIR_H_
