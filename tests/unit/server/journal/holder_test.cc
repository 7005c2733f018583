#include "server/journal/holder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace rsca::journal {
namespace {

TEST(JournalHolder, BelongsToWhomTheDirectoryBelongsTo) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make files for others";
  constexpr uid_t kNobody = 65534;
  const support::TempDir directory;
  ASSERT_EQ(chown(directory.path().c_str(), kNobody, kNobody), 0);
  ASSERT_TRUE(Holder::Take(directory.path()).ok());
  struct stat made = {};
  ASSERT_EQ(stat(directory.File("holder").c_str(), &made), 0);
  EXPECT_EQ(made.st_uid, kNobody);
}

TEST(JournalHolder, IsNoLinkToSomethingElse) {
  const support::TempDir directory;
  const support::TempDir elsewhere;
  support::WriteFile(elsewhere.File("thesis.txt"), "text");
  std::filesystem::create_symlink(elsewhere.File("thesis.txt"), directory.File("holder"));
  EXPECT_FALSE(Holder::Take(directory.path()).ok());
  EXPECT_EQ(support::ReadFile(elsewhere.File("thesis.txt")), "text");
}

}  // namespace
}  // namespace rsca::journal
