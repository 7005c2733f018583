#include "server/workers/restart_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rsca::workers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Schedule : public ::testing::Test {
 protected:
  Schedule() {
    // Changes to summer time on 29 March 2026 at 02:00, and back on 25 October at 03:00.
    EXPECT_TRUE(absl::LoadTimeZone("Europe/Berlin", &zone_));
  }

  static absl::Duration At(int hours, int minutes) {
    return absl::Hours(hours) + absl::Minutes(minutes);
  }
  absl::Time Local(const std::string& text) const {
    absl::Time time;
    std::string error;
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%S", text, zone_, &time, &error)) << error;
    return time;
  }

  // What comes while the clock runs from one time to the other, checked as often as it says.
  static std::vector<std::string> Run(RestartSchedule* schedule, absl::Time from, absl::Time to) {
    std::vector<std::string> due;
    for (absl::Time now = from; now <= to; now += schedule->UntilNextCheck(now)) {
      const auto minute = schedule->Check(now);
      if (minute.has_value()) due.push_back(absl::FormatCivilTime(*minute));
    }
    return due;
  }

  absl::TimeZone zone_;
};

TEST_F(Schedule, EachMinuteComesOnceADay) {
  RestartSchedule schedule({At(3, 0), At(15, 30)}, zone_);
  EXPECT_THAT(
      Run(&schedule, Local("2026-01-10 00:00:00"), Local("2026-01-11 23:59:59")),
      ElementsAre("2026-01-10T03:00", "2026-01-10T15:30", "2026-01-11T03:00", "2026-01-11T15:30"));
}

TEST_F(Schedule, TheMinuteOfTheStartDoesNotCome) {
  RestartSchedule schedule({At(3, 0)}, zone_);
  EXPECT_THAT(Run(&schedule, Local("2026-01-10 03:00:10"), Local("2026-01-10 23:00:00")),
              IsEmpty());
}

TEST_F(Schedule, IsCheckedExactlyAtItsMinutes) {
  RestartSchedule schedule({At(0, 0), At(3, 0)}, zone_);
  EXPECT_EQ(schedule.UntilNextCheck(Local("2026-01-10 02:59:55")), absl::Seconds(5));
  EXPECT_EQ(schedule.UntilNextCheck(Local("2026-01-10 23:59:50")), absl::Seconds(10));
  EXPECT_EQ(schedule.UntilNextCheck(Local("2026-01-10 12:00:00")), absl::Seconds(20));
}

TEST_F(Schedule, AMinuteThatTheClockWasSetPastComesThen) {
  RestartSchedule schedule({At(3, 0)}, zone_);
  EXPECT_FALSE(schedule.Check(Local("2026-01-10 02:00:00")).has_value());
  EXPECT_TRUE(schedule.Check(Local("2026-01-10 04:00:00")).has_value());
}

TEST_F(Schedule, AMinuteThatTheClockWasSetBackBeforeDoesNotComeAgain) {
  RestartSchedule schedule({At(3, 0)}, zone_);
  EXPECT_FALSE(schedule.Check(Local("2026-01-10 02:59:50")).has_value());
  EXPECT_TRUE(schedule.Check(Local("2026-01-10 03:00:00")).has_value());
  EXPECT_THAT(Run(&schedule, Local("2026-01-10 02:30:00"), Local("2026-01-10 23:00:00")),
              IsEmpty());
  EXPECT_THAT(Run(&schedule, Local("2026-01-11 02:30:00"), Local("2026-01-11 23:00:00")),
              ElementsAre("2026-01-11T03:00"));
}

TEST_F(Schedule, AClockThatWasSetByDaysMissesNothing) {
  RestartSchedule schedule({At(3, 0)}, zone_);
  EXPECT_FALSE(schedule.Check(Local("1970-01-02 00:00:00")).has_value());
  EXPECT_FALSE(schedule.Check(Local("2026-01-10 12:00:00")).has_value());
  EXPECT_THAT(Run(&schedule, Local("2026-01-10 12:00:00"), Local("2026-01-11 12:00:00")),
              ElementsAre("2026-01-11T03:00"));
}

TEST_F(Schedule, AMinuteThatSummerTimeSkipsComesAfterTheGap) {
  RestartSchedule schedule({At(2, 30)}, zone_);
  EXPECT_THAT(Run(&schedule, Local("2026-03-29 00:00:00"), Local("2026-03-29 23:00:00")),
              ElementsAre("2026-03-29T02:30"));
}

TEST_F(Schedule, AMinuteThatWinterTimeRepeatsComesOnce) {
  RestartSchedule schedule({At(2, 30)}, zone_);
  EXPECT_THAT(Run(&schedule, Local("2026-10-25 00:00:00"), Local("2026-10-25 23:00:00")),
              ElementsAre("2026-10-25T02:30"));
}

}  // namespace
}  // namespace rsca::workers
