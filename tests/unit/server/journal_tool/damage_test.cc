#include <unistd.h>

#include "server/journal/commit_mark.h"
#include "server/journal/format.h"
#include "server/journal/store.h"
#include "tests/unit/server/journal_tool/journal_tool_fixture.h"

namespace rsca::journal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class JournalDamage : public JournalToolTest {
 protected:
  // `verify` finds damage and says `words`; after `repair` it finds none.
  void ExpectMended(const std::string& words) {
    const Ran verified = RunTool({"verify", options_.directory});
    EXPECT_EQ(verified.status, 1) << verified.output << verified.error;
    EXPECT_THAT(verified.output, HasSubstr(words));
    ExpectMends();
  }

  void ExpectMends() {
    repaired_ = RunTool({"repair", options_.directory});
    EXPECT_EQ(repaired_.status, 0) << repaired_.output << repaired_.error;
    EXPECT_THAT(repaired_.output, HasSubstr("copied to "));
    const Ran again = RunTool({"verify", options_.directory});
    EXPECT_EQ(again.status, 0) << repaired_.output << again.output << again.error;
    CheckWhatIsLeft();
  }

  // Opens the journal, and checks that every result in it is what was reported, without a gap, and
  // that numbers are not given twice.
  void CheckWhatIsLeft() {
    const Results left = Exported(options_.directory);
    ASSERT_EQ(TryOpen(), absl::OkStatus());
    const bool damaged = journal_->damaged();
    for (const auto& recovered : journal_->TakeRecovered()) {
      v1::RegistrationRecord record;
      ASSERT_TRUE(record.ParseFromString(recovered.record));
      const auto& kept = left.at(record.id());
      EXPECT_EQ(kept.size(), recovered.place.extent.last - recovered.place.extent.first + 1)
          << record.id();
      for (const auto& [sequence, response] : kept) {
        EXPECT_EQ(response, results_[record.id()][sequence]) << record.id() << " " << sequence;
      }
      if (!damaged) {
        EXPECT_EQ(recovered.place.extent.last, results_[record.id()].rbegin()->first)
            << record.id() << "\n"
            << repaired_.output;
      }
    }
    Close();
  }

  void Write(const std::function<void(rocksdb::WriteBatch*)>& fill) {
    StoreOptions options;
    options.directory = options_.directory;
    const auto store = Store::Open(options);
    ASSERT_TRUE(store.ok()) << store.status();
    rocksdb::WriteBatch batch;
    fill(&batch);
    ASSERT_TRUE((*store)->Write(&batch, /*sync=*/true).ok());
  }

  bool IsDamaged() {
    Open();
    const bool damaged = journal_->damaged();
    Close();
    return damaged;
  }

  Ran repaired_;
};

TEST_F(JournalDamage, ABitInATableCostsOnlyWhatIsBeforeIt) {
  MakeJournal();
  // Early in the table that has most results of one log: within its block of results.
  std::string largest;
  for (const std::string& file : Files(".sst")) {
    if (largest.empty() || std::filesystem::file_size(file) > std::filesystem::file_size(largest)) {
      largest = file;
    }
  }
  FlipBit(largest, 9000);
  ExpectMended(std::filesystem::path(largest).filename().string());
  EXPECT_THAT(repaired_.output, HasSubstr("kept"));
  const Results left = Exported(options_.directory);
  EXPECT_EQ(left.size(), 4U);
  // A block of 4 KiB within one log: nobody's newest results are missing.
  EXPECT_FALSE(IsDamaged()) << repaired_.output;
  for (const auto& [id, results] : left)
    EXPECT_EQ(results.rbegin()->first, results_[id].rbegin()->first);
}

TEST_F(JournalDamage, ABitInTheNewestLogFileIsFoundAndMended) {
  MakeJournal();
  FlipBit(Newest(".log"), 700);
  ExpectMended("orruption");
  EXPECT_THAT(repaired_.output, HasSubstr("results lost"));
  EXPECT_TRUE(IsDamaged());
}

TEST_F(JournalDamage, AShortenedLogFileIsFoundByTheMark) {
  MakeJournal();
  const std::string log = Newest(".log");
  ASSERT_EQ(truncate(log.c_str(), static_cast<off_t>(std::filesystem::file_size(log) / 2)), 0);
  ExpectMended("changes are missing from the database");
  EXPECT_TRUE(IsDamaged());
}

TEST_F(JournalDamage, ABitInTheManifestCostsNoResults) {
  MakeJournal();
  const Results before = Exported(options_.directory);
  FlipBit(Newest("MANIFEST-"), 40);
  ExpectMended("MANIFEST");
  EXPECT_EQ(Exported(options_.directory), before);
}

TEST_F(JournalDamage, AMissingTableIsNamed) {
  MakeJournal();
  const std::string table = Files(".sst").front();
  std::filesystem::remove(table);
  ExpectMended("file " + table + " is missing");
  EXPECT_TRUE(IsDamaged());
}

TEST_F(JournalDamage, AMissingCurrentFileCostsNoResultsAndTheServerDoesNotBeginAnew) {
  MakeJournal();
  const Results before = Exported(options_.directory);
  std::filesystem::remove(options_.directory + "/CURRENT");
  EXPECT_TRUE(absl::IsDataLoss(TryOpen()));
  ExpectMended("CURRENT");
  EXPECT_EQ(Exported(options_.directory), before);
}

TEST_F(JournalDamage, ADatabaseThatIsGoneBeginsAnew) {
  MakeJournal();
  for (const char* kind : {".sst", ".log", "MANIFEST", "CURRENT", "OPTIONS", "IDENTITY"}) {
    for (const std::string& file : Files(kind)) std::filesystem::remove(file);
  }
  EXPECT_EQ(RunTool({"verify", options_.directory}).status, 1);
  ExpectMends();
  EXPECT_TRUE(Exported(options_.directory).empty());
}

TEST_F(JournalDamage, TheCopyIsTheJournalAsItWas) {
  MakeJournal();
  FlipBit(Newest(".log"), 700);
  const std::string log = support::ReadFile(Newest(".log"));
  const std::string name = std::filesystem::path(Newest(".log")).filename().string();
  ExpectMends();
  ASSERT_THAT(Copies(), SizeIs(1));
  EXPECT_EQ(support::ReadFile(absl::StrCat(Copies()[0], "/", name)), log);
  EXPECT_EQ(RunTool({"verify", Copies()[0]}).status, 1);
}

TEST_F(JournalDamage, AGapKeepsTheNewestRun) {
  MakeJournal();
  Write([](rocksdb::WriteBatch* batch) { batch->Delete(EntryKey(1, 50)); });
  ExpectMended("registrations/live (log 1): result 50, 300 bytes of responses: missing");
  EXPECT_THAT(repaired_.output, HasSubstr("49 results dropped, 51 to 180 (130) kept"));
  EXPECT_FALSE(IsDamaged());
}

TEST_F(JournalDamage, AnEndedRegistrationWithoutItsFinalResultIsEndedAgain) {
  MakeJournal();
  Write([](rocksdb::WriteBatch* batch) { batch->Delete(EntryKey(3, 80)); });
  ExpectMended("registrations/ended (log 3): it has ended, and its final result is missing");
  EXPECT_THAT(repaired_.output, HasSubstr("the server ends it again"));
  EXPECT_TRUE(IsDamaged());
  EXPECT_THAT(RunTool({"list", options_.directory, "-o", "jsonl"}).output,
              Not(HasSubstr("\"state\":\"ended\"")));
}

TEST_F(JournalDamage, ALiveRegistrationWithAFinalResultHasEnded) {
  MakeJournal();
  Write([](rocksdb::WriteBatch* batch) {
    batch->Put(RecordKey(3), Record("ended", v1::RegistrationRecord::STATE_ACTIVE));
  });
  ExpectMended("its record says that it lives");
  EXPECT_THAT(RunTool({"list", options_.directory, "-o", "jsonl"}).output,
              HasSubstr("\"state\":\"ended\""));
  EXPECT_FALSE(IsDamaged());
}

TEST_F(JournalDamage, EntriesWithoutARecordAndUnreadableRecordsAreDropped) {
  MakeJournal();
  Write([](rocksdb::WriteBatch* batch) {
    batch->Delete(RecordKey(1));
    batch->Put(RecordKey(2), "\xff\xff");
    batch->Put("x", "?");
  });
  ExpectMended("log 1: there is no record of its registration; it has 180 results");
  EXPECT_THAT(repaired_.output,
              AllOf(HasSubstr("log 2: dropped with its 180 results"), HasSubstr("the key `x`")));
  EXPECT_EQ(Exported(options_.directory).size(), 2U);
}

TEST_F(JournalDamage, EntriesThatAreWrongInThemselvesAreFound) {
  MakeJournal();
  Write([](rocksdb::WriteBatch* batch) {
    std::string value;
    AppendEntryHeader({}, &value);
    batch->Put(EntryKey(1, 180), value + "\xff\xff");
    batch->Put(EntryKey(2, 20), "short");
    batch->Put(ExtentKey(4), "?");
    batch->Put(ClockKey(), "?");
  });
  ExpectMended("result 180: no message of the stream");
  EXPECT_THAT(repaired_.output, AllOf(HasSubstr("1 to 179 (179) kept"),
                                      HasSubstr("21 to 180 (160) kept"), HasSubstr("clock")));
  EXPECT_TRUE(IsDamaged());
}

TEST_F(JournalDamage, AnExtentThatGoesFurtherThanTheResultsSaysHowManyAreMissing) {
  MakeJournal();
  Write([](rocksdb::WriteBatch* batch) {
    batch->Put(ExtentKey(1), EncodeExtent({1, 190, 0, 100'000, 0}));
  });
  ExpectMended("registrations/live (log 1): results 181 to 190 (10): missing");
  EXPECT_THAT(repaired_.output, HasSubstr("1 to 180 (180) kept"));
  EXPECT_TRUE(IsDamaged()) << "numbers may be with clients";
}

TEST_F(JournalDamage, AnExtentThatIsNotThatOfTheResultsIsMadeAnew) {
  MakeJournal();
  Write([](rocksdb::WriteBatch* batch) {
    batch->Put(ExtentKey(1), EncodeExtent({1, 170, 0, 100, 0}));
    batch->Delete(ExtentKey(2));
  });
  ExpectMended("registrations/live (log 1): its extent, 1 to 170 at cost 0 to 100, is not that");
  EXPECT_THAT(repaired_.output, HasSubstr("(log 2): its extent is missing"));
  EXPECT_FALSE(IsDamaged());
}

TEST_F(JournalDamage, AJournalOfVersionOneIsSoundAndARepairBringsItToThisVersion) {
  MakeJournal();
  Write([](rocksdb::WriteBatch* batch) {
    Header header;
    header.version = 1;
    header.id = NewJournalId();
    batch->Put(HeaderKey(), EncodeHeader(header));
    for (uint64_t log = 1; log <= 4; ++log) batch->Delete(ExtentKey(log));
    batch->Put(FirstKey(4), EncodeFirst(11));
  });
  std::filesystem::remove(MarkPath(options_.directory));
  const Ran verified = RunTool({"verify", options_.directory});
  EXPECT_EQ(verified.status, 0) << verified.output << verified.error;
  const Results before = Exported(options_.directory);
  EXPECT_EQ(before.at("live").rbegin()->first, 180U);
  Write([](rocksdb::WriteBatch* batch) { batch->Delete(EntryKey(1, 50)); });
  ExpectMended("log 1): result 50, 300 bytes of responses: missing");
}

TEST_F(JournalDamage, AHeaderThatIsLostIsMadeAnew) {
  MakeJournal();
  Write([](rocksdb::WriteBatch* batch) { batch->Delete(HeaderKey()); });
  ExpectMended("there is no header");
  EXPECT_TRUE(IsDamaged());
}

TEST_F(JournalDamage, AJournalOfANewerVersionIsLeftAlone) {
  MakeJournal();
  Write([](rocksdb::WriteBatch* batch) {
    Header header;
    header.version = kFormatVersion + 1;
    header.id = NewJournalId();
    batch->Put(HeaderKey(), EncodeHeader(header));
  });
  for (const char* command : {"verify", "repair"}) {
    const Ran ran = RunTool({command, options_.directory});
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.error, HasSubstr("newer"));
  }
  EXPECT_TRUE(Copies().empty());
}

TEST_F(JournalDamage, WhateverIsDamagedARepairLeavesAJournalWithoutGaps) {
  MakeJournal();
  const Results before = Exported(options_.directory);
  const std::string original = dir_.path() + "/original";
  std::filesystem::copy(options_.directory, original);
  for (int round = 0; round < 50; ++round) {
    std::filesystem::remove_all(options_.directory);
    for (const std::string& copy : Copies()) std::filesystem::remove_all(copy);
    std::filesystem::copy(original, options_.directory);
    std::vector<std::string> files = Files("");
    std::erase_if(files,
                  [](const std::string& file) { return file.find("holder") != std::string::npos; });
    const std::string file = files[random_() % files.size()];
    const size_t size = std::filesystem::file_size(file);
    const unsigned kind = random_() % 8;
    const size_t at = size == 0 ? 0 : random_() % size;
    SCOPED_TRACE(
        absl::StrCat("round ", round, ": kind ", kind, " at ", at, " of ", size, " in ", file));
    if (kind == 0) {
      std::filesystem::remove(file);
    } else if (kind == 1) {
      std::filesystem::resize_file(file, at);
    } else if (kind == 2 && size > 0) {
      std::string bytes = support::ReadFile(file);
      bytes.replace(at, 512, std::string(std::min<size_t>(512, size - at), '\0'));
      support::WriteFile(file, bytes);
    } else if (size > 0) {
      FlipBit(file, at);
    }
    const Ran verified = RunTool({"verify", options_.directory});
    if (verified.status == 0) {
      EXPECT_EQ(Exported(options_.directory), before) << verified.output;
      CheckWhatIsLeft();
    } else {
      EXPECT_EQ(verified.status, 1) << verified.output << verified.error;
      ExpectMends();
    }
  }
}

}  // namespace
}  // namespace rsca::journal
