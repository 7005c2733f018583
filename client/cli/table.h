// A table of text in aligned columns.
#ifndef RSCA_CLIENT_CLI_TABLE_H_
#define RSCA_CLIENT_CLI_TABLE_H_

#include <string>
#include <vector>

#include "client/cli/terminal.h"

namespace rsca::cli {

class Table {
 public:
  // What the headings say fixes the number of columns.
  explicit Table(std::vector<std::string> headings);

  // Empty cells are shown as `-`. Control characters are escaped. Missing cells are empty.
  void AddRow(std::vector<std::string> cells);

  // Every line ends with a line feed and has no blanks before it. On a terminal the widest columns
  // are cut until the lines fit, and headings are bold where colours are allowed.
  std::string Render(const Terminal& terminal) const;

 private:
  std::vector<size_t> ColumnWidths(const Terminal& terminal) const;

  std::vector<std::vector<std::string>> rows_;  // the first holds the headings
};

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_TABLE_H_
