#include "server/security/socket_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace rsca::security {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class SocketDirectory : public testing::Test {
 protected:
  SocketDirectory() {
    std::string name = testing::TempDir() + "rsca-socket-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
    dir_ = name;
  }
  ~SocketDirectory() override { fs::remove_all(dir_); }

  std::string Path(const std::string& name) const { return (dir_ / name).string(); }

  // A bound and listening socket.
  static int Listen(const std::string& path, int backlog = 8) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0)
        << std::strerror(errno);
    EXPECT_EQ(listen(fd, backlog), 0);
    return fd;
  }

  fs::path dir_;
};

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST_F(SocketDirectory, IsMadeForTheOwnerAlone) {
  const mode_t before = umask(0);
  const absl::Status status = PreparePrivateDirectory(Path("new/"));
  umask(before);
  ASSERT_TRUE(status.ok()) << status;
  struct stat info;
  ASSERT_EQ(stat(Path("new").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
  EXPECT_TRUE(PreparePrivateDirectory(Path("new")).ok());
}

TEST_F(SocketDirectory, OneThatIsOpenToOthersIsRefused) {
  for (const unsigned mode : {0701u, 0710u, 0750u, 0770u, 0755u}) {
    fs::permissions(dir_, static_cast<fs::perms>(mode));
    const absl::Status status = PreparePrivateDirectory(dir_.string());
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << mode;
    EXPECT_THAT(MessageOf(status), HasSubstr("chmod 700 " + dir_.string()));
  }
  fs::permissions(dir_, fs::perms::owner_all);
  EXPECT_TRUE(PreparePrivateDirectory(dir_.string()).ok());
}

TEST_F(SocketDirectory, OneOfSomebodyElseIsRefused) {
  // Root makes one for another user; anybody else finds root's.
  std::string other = "/";
  if (geteuid() == 0) {
    other = Path("other");
    fs::create_directory(other);
    ASSERT_EQ(chown(other.c_str(), 12345, 12345), 0);
  }
  const absl::Status status = PreparePrivateDirectory(other);
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(MessageOf(status), HasSubstr("belongs to user id"));
}

TEST_F(SocketDirectory, SymbolicLinksAndFilesAreRefused) {
  fs::create_directory(Path("real"));
  fs::permissions(Path("real"), fs::perms::owner_all);
  fs::create_directory_symlink(Path("real"), Path("link"));
  EXPECT_THAT(MessageOf(PreparePrivateDirectory(Path("link"))), HasSubstr("is a symbolic link"));
  EXPECT_THAT(MessageOf(PreparePrivateDirectory(Path("link/"))), HasSubstr("is a symbolic link"));
  std::ofstream(Path("file")) << "";
  EXPECT_THAT(MessageOf(PreparePrivateDirectory(Path("file"))), HasSubstr("is not a directory"));
  EXPECT_TRUE(absl::IsNotFound(PreparePrivateDirectory(Path("none/below"))));
}

TEST_F(SocketDirectory, AStaleSocketIsRemoved) {
  close(Listen(Path("s")));
  ASSERT_TRUE(fs::exists(Path("s")));
  const absl::Status status = PrepareSocketPath(Path("s"));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(fs::exists(Path("s")));
  EXPECT_TRUE(PrepareSocketPath(Path("s")).ok());
}

TEST_F(SocketDirectory, ALiveServerIsLeftAlone) {
  const int fd = Listen(Path("s"));
  const absl::Status status = PrepareSocketPath(Path("s"));
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_THAT(MessageOf(status), HasSubstr("another rscad is serving on " + Path("s")));
  EXPECT_TRUE(fs::exists(Path("s")));
  close(fd);
}

TEST_F(SocketDirectory, ALiveServerThatIsBusyIsLeftAlone) {
  const int fd = Listen(Path("s"), 0);
  // Each attempt leaves an entry in the queue until it is full.
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(absl::IsAlreadyExists(PrepareSocketPath(Path("s")))) << i;
  }
  EXPECT_TRUE(fs::exists(Path("s")));
  close(fd);
}

TEST_F(SocketDirectory, AFileInTheSocketsPlaceIsNeverRemoved) {
  std::ofstream(Path("s")) << "precious";
  const absl::Status status = PrepareSocketPath(Path("s"));
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_TRUE(fs::exists(Path("s")));
  fs::create_symlink(Path("s"), Path("link"));
  EXPECT_TRUE(absl::IsFailedPrecondition(PrepareSocketPath(Path("link"))));
}

}  // namespace
}  // namespace rsca::security
