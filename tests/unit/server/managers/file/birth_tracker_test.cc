#include "server/managers/file/birth_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rsca::managers::file {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class BirthTrackerTest : public testing::Test {
 protected:
  void Create(const std::string& name) { tracker_.OnEvent({1, IN_CREATE, 0, name}); }
  void Delete(const std::string& name) { tracker_.OnEvent({1, IN_DELETE, 0, name}); }
  void Move(const std::string& from, const std::string& to) {
    ++cookie_;
    if (!from.empty()) tracker_.OnEvent({1, IN_MOVED_FROM, cookie_, from});
    if (!to.empty()) tracker_.OnEvent({1, IN_MOVED_TO, cookie_, to});
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const Birth& birth : tracker_.births()) names.push_back(birth.name);
    return names;
  }

  BirthTracker tracker_{"log"};
  uint32_t cookie_ = 0;
};

TEST_F(BirthTrackerTest, FollowsAChainOfRotations) {
  Create("log");
  Move("log", "log.1");
  Create("log");
  Move("log.1", "log.2");
  Move("log", "log.1");
  Create("log");
  EXPECT_THAT(Names(), ElementsAre("log.2", "log.1", "log"));
}

TEST_F(BirthTrackerTest, KnowsWhatIsDeletedReplacedOrHasLeft) {
  Create("log");
  Delete("log");
  Create("log");
  Move("log", "");
  Create("log");
  Move("log", "log.1");
  Create("log");
  Move("log", "log.1");
  EXPECT_THAT(Names(), ElementsAre("", "", "", "log.1"));
}

TEST_F(BirthTrackerTest, TakesARenameOverTheNameForABirth) {
  Create("log");
  Move("log.new", "log");
  EXPECT_THAT(Names(), ElementsAre("", "log"));
}

TEST_F(BirthTrackerTest, KnowsAFileThatComesBack) {
  Create("log");
  Move("log", "aside");
  Move("aside", "log");
  EXPECT_THAT(Names(), ElementsAre("log"));
}

TEST_F(BirthTrackerTest, LooksAgainAtWhatHasMovedOrChanged) {
  Create("log");
  Birth& birth = tracker_.births().front();
  EXPECT_TRUE(birth.look);
  birth.look = false;
  tracker_.OnEvent({1, IN_ATTRIB, 0, "log"});
  EXPECT_TRUE(birth.look);
  birth.look = false;
  Move("log", "log.1");
  EXPECT_TRUE(birth.look);
}

TEST_F(BirthTrackerTest, KnowsWhenAMoveIsHalfTold) {
  Create("log");
  tracker_.OnEvent({1, IN_MOVED_FROM, 7, "log"});
  EXPECT_TRUE(tracker_.moving());
  tracker_.OnEvent({1, IN_MOVED_TO, 7, "log.1"});
  EXPECT_FALSE(tracker_.moving());
}

TEST_F(BirthTrackerTest, CaresForNothingElse) {
  Create("other");
  Move("other", "another");
  Delete("another");
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(BirthTrackerTest, PresumesAFileOnlyOnce) {
  tracker_.Presume();
  tracker_.Presume();
  EXPECT_THAT(Names(), ElementsAre("log"));
  Move("log", "log.1");
  tracker_.Presume();
  EXPECT_THAT(Names(), ElementsAre("log.1", "log"));
}

}  // namespace
}  // namespace rsca::managers::file
