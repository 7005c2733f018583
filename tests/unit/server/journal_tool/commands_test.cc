#include <sys/mount.h>

#include <cerrno>
#include <cstring>

#include "server/journal/holder.h"
#include "tests/unit/server/journal_tool/journal_tool_fixture.h"

namespace rsca::journal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(JournalToolTest, ListShowsARowForEachRegistration) {
  MakeJournal();
  const Ran ran = RunTool({"list", options_.directory});
  EXPECT_EQ(ran.status, 0) << ran.error;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("live"), HasSubstr("busy"), HasSubstr("trimmed"),
                                HasSubstr("completed: the plug-in reported its final result")));
  const Ran lines = RunTool({"list", options_.directory, "-o", "jsonl"});
  const std::vector<std::string> rows = absl::StrSplit(lines.output, '\n', absl::SkipEmpty());
  ASSERT_EQ(rows.size(), 4U);
  const auto trimmed = nlohmann::json::parse(rows[3]);
  EXPECT_EQ(trimmed["registration"], "registrations/trimmed");
  EXPECT_EQ(trimmed["first_sequence"], 11);
  EXPECT_EQ(trimmed["last_sequence"], 180);
  EXPECT_EQ(trimmed["bytes"], 170 * (kResponseBytes + kCostBesideResponse));
  const Ran array = RunTool({"list", options_.directory, "-o", "json"});
  EXPECT_EQ(nlohmann::json::parse(array.output).size(), 4U);
}

TEST_F(JournalToolTest, ExportHasEveryResultThatIsKept) {
  MakeJournal();
  for (uint64_t i = 1; i <= 10; ++i) results_["trimmed"].erase(i);
  EXPECT_EQ(Exported(options_.directory), results_);
}

TEST_F(JournalToolTest, ExportOfOneHasOnlyThat) {
  MakeJournal();
  const Ran ran = RunTool({"export", options_.directory, "registrations/ended"});
  EXPECT_EQ(ran.status, 0) << ran.error;
  EXPECT_EQ(std::count(ran.output.begin(), ran.output.end(), '\n'), 81);
}

TEST_F(JournalToolTest, DumpShowsALineForEachResult) {
  MakeJournal();
  const Ran ran = RunTool({"dump", options_.directory, "ended"});
  EXPECT_EQ(ran.status, 0) << ran.error;
  EXPECT_EQ(std::count(ran.output.begin(), ran.output.end(), '\n'), 80);
  EXPECT_THAT(ran.output, HasSubstr("final: completed"));
}

TEST_F(JournalToolTest, AnUnknownRegistrationIsWrongUsage) {
  MakeJournal();
  const Ran ran = RunTool({"dump", options_.directory, "nobody"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.error, HasSubstr("no registration `nobody`"));
}

TEST_F(JournalToolTest, ASoundJournalIsLeftAsItIs) {
  MakeJournal();
  EXPECT_EQ(RunTool({"verify", options_.directory}).status, 0);
  const Ran ran = RunTool({"repair", options_.directory});
  EXPECT_EQ(ran.status, 0) << ran.error;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("sound: 4 registrations, 610 results"),
                                HasSubstr("nothing was changed")));
  EXPECT_TRUE(Copies().empty());
  Open();
  EXPECT_FALSE(journal_->damaged());
}

TEST_F(JournalToolTest, AJournalInUseIsRefusedWithItsHolder) {
  MakeJournal();
  Open();
  for (const char* command : {"list", "verify", "repair", "export"}) {
    const Ran ran = RunTool({command, options_.directory});
    EXPECT_EQ(ran.status, 2) << command;
    EXPECT_THAT(ran.error, HasSubstr(absl::StrCat("in use by process ", getpid()))) << command;
  }
}

TEST_F(JournalToolTest, WhatIsNoJournalIsRefusedAndLeftAlone) {
  for (const char* command : {"list", "verify", "repair", "export"}) {
    EXPECT_EQ(RunTool({command, options_.directory}).status, 2);
    EXPECT_FALSE(std::filesystem::exists(options_.directory));
    EXPECT_EQ(RunTool({command, dir_.path()}).status, 2);
    EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
  }
}

TEST_F(JournalToolTest, AFileIsNoDirectory) {
  support::WriteFile(dir_.File("file"), "text");
  const Ran ran = RunTool({"list", dir_.File("file")});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.error, HasSubstr("this is no directory"));
}

TEST_F(JournalToolTest, ReadsAJournalOfAReadOnlyFileSystem) {
  MakeJournal();
  const char* const directory = options_.directory.c_str();
  if (mount(directory, directory, nullptr, MS_BIND, nullptr) != 0) {
    GTEST_SKIP() << "nothing can be mounted here: " << std::strerror(errno);
  }
  EXPECT_EQ(mount(nullptr, directory, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);
  for (const char* command : {"list", "verify", "export"}) {
    const Ran ran = RunTool({command, options_.directory});
    EXPECT_EQ(ran.status, 0) << command << ": " << ran.error;
  }
  EXPECT_EQ(umount(directory), 0);
}

TEST_F(JournalToolTest, HelpTeachesAndWrongUsageIsTold) {
  const Ran help = RunTool({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, AllOf(HasSubstr("Examples:"), HasSubstr("Exit status:")));
  EXPECT_EQ(RunTool({}).status, 2);
  EXPECT_EQ(RunTool({"list", dir_.path(), "-o", "xml"}).status, 2);
}

}  // namespace
}  // namespace rsca::journal
