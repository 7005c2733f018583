#include "server/managers/file/inotify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace rsca::managers::file {
namespace {

using testing::HasSubstr;

// The kernel's limits are the host's, so a test cannot run into them without others doing so, too.
TEST(Inotify, NamesTheLimitOfTheHostThatIsReached) {
  const Failure instances = InotifyFailure("/var/log/x", EMFILE);
  EXPECT_EQ(instances.hresult, HRESULT_FROM_WIN32(ERROR_TOO_MANY_OPEN_FILES));
  EXPECT_THAT(instances.message, HasSubstr("/var/log/x: the host's limit "
                                           "fs.inotify.max_user_instances"));
  const Failure watches = InotifyFailure("/var/log/x", ENOSPC);
  EXPECT_EQ(watches.hresult, HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_QUOTA));
  EXPECT_THAT(watches.message, HasSubstr("fs.inotify.max_user_watches"));
}

}  // namespace
}  // namespace rsca::managers::file
