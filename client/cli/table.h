// A table of text in aligned columns.
#ifndef RSCA_CLIENT_CLI_TABLE_H_
#define RSCA_CLIENT_CLI_TABLE_H_

#include <string>
#include <vector>

#include "client/cli/terminal.h"

namespace rsca::cli {

// What becomes of a column on a terminal that is too narrow for the table.
enum class Fit {
  kWhole,    // stays as it is: what one reads first, and types next
  kCut,      // is cut, the widest first
  kLeftOut,  // is left out, the last first, once too little would be left of those that are cut
};

struct Column {
  Column(const char* text, Fit narrow = Fit::kCut)  // NOLINT(google-explicit-constructor)
      : heading(text), fit(narrow) {}

  std::string heading;
  Fit fit;
};

class Table {
 public:
  explicit Table(const std::vector<Column>& columns);

  // Empty cells are shown as `-`. Control characters are escaped. Missing cells are empty.
  void AddRow(std::vector<std::string> cells);

  // Every line ends with a line feed and has no blanks before it. On a terminal the lines are made
  // to fit as far as the columns allow, and headings are bold where colours are allowed.
  std::string Render(const Terminal& terminal) const;

 private:
  // 0 for columns that are left out.
  std::vector<size_t> ColumnWidths(const Terminal& terminal) const;

  std::vector<Fit> fits_;
  std::vector<std::vector<std::string>> rows_;  // the first holds the headings
};

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_TABLE_H_
