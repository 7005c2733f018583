#include "client/cli/table.h"

#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "client/cli/text.h"

namespace rsca::cli {
namespace {

Terminal Wide(size_t width, bool colors = false) {
  Terminal terminal;
  terminal.is_terminal = true;
  terminal.colors = colors;
  terminal.width = width;
  return terminal;
}

TEST(Table, AlignsColumnsByWhatIsSeen) {
  Table table({"NAME", "SIZE"});
  table.AddRow({"日本", "1 B"});
  table.AddRow({"größe", "12 B"});
  EXPECT_EQ(table.Render(Terminal()),
            "NAME   SIZE\n"
            "日本   1 B\n"
            "größe  12 B\n");
}

TEST(Table, ShowsEmptyCellsAsADash) {
  Table table({"A", "B", "C"});
  table.AddRow({"", "x"});
  EXPECT_EQ(table.Render(Terminal()), "A  B  C\n-  x  -\n");
}

TEST(Table, WithoutRowsHasItsHeadings) {
  EXPECT_EQ(Table({"A", "B"}).Render(Terminal()), "A  B\n");
}

TEST(Table, CutsTheWidestColumnsOnATerminalOnly) {
  Table table({"NAME", "SUMMARY"});
  table.AddRow({"file.tail", std::string(100, 's')});
  const std::string cut = table.Render(Wide(40));
  const std::vector<std::string> lines = absl::StrSplit(cut, '\n');
  for (const std::string& line : lines) EXPECT_LE(DisplayWidth(line), 40U);
  EXPECT_NE(cut.find("file.tail"), std::string::npos);
  EXPECT_NE(cut.find("…"), std::string::npos);
  EXPECT_NE(table.Render(Terminal()).find(std::string(100, 's')), std::string::npos);
}

TEST(Table, OnAVeryNarrowTerminalStillShowsSomethingOfEachColumn) {
  Table table({"FUNCTION", "SUMMARY"});
  table.AddRow({"abcdefghijkl", "mnopqrstuvwx"});
  EXPECT_EQ(table.Render(Wide(1)), "FUNCT…  SUMMA…\nabcde…  mnopq…\n");
}

TEST(Table, CutsTextBeforeItLeavesColumnsOutAndNeverWhatIsToStayWhole) {
  Table table({{"NAME", Fit::kWhole}, {"AGE", Fit::kLeftOut}, {"SIZE", Fit::kLeftOut}, "NOTE"});
  table.AddRow({"a-long-name", "12s", "3 MiB", std::string(60, 'n')});
  const auto second_line = [&table](size_t width) {
    return std::vector<std::string>(absl::StrSplit(table.Render(Wide(width)), '\n'))[1];
  };
  EXPECT_EQ(second_line(46), "a-long-name  12s  3 MiB  " + std::string(20, 'n') + "…");
  EXPECT_EQ(second_line(44), "a-long-name  12s  " + std::string(25, 'n') + "…");
  EXPECT_EQ(second_line(37), "a-long-name  " + std::string(23, 'n') + "…");
  EXPECT_EQ(second_line(1), "a-long-name  nnnnn…");
}

TEST(Table, EscapesControlCharacters) {
  Table table({"A"});
  table.AddRow({"x\x1b[2J\ny"});
  EXPECT_EQ(table.Render(Terminal()), "A\nx\\x1b[2J\\ny\n");
}

TEST(Table, HasBoldHeadingsWhereColoursAreAllowed) {
  EXPECT_EQ(Table({"A"}).Render(Wide(80, true)), "\x1b[1mA\x1b[0m\n");
  EXPECT_EQ(Table({"A"}).Render(Wide(80, false)), "A\n");
}

}  // namespace
}  // namespace rsca::cli
