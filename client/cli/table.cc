#include "client/cli/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "client/cli/text.h"

namespace rsca::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kNarrowest = 6;  // columns are not cut below this

}  // namespace

Table::Table(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(rows_.front().size());
  for (std::string& cell : cells) cell = cell.empty() ? "-" : EscapeControls(cell);
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::ColumnWidths(const Terminal& terminal) const {
  std::vector<size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  if (!terminal.is_terminal) return widths;
  size_t total = std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
  while (total > terminal.width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowest) break;
    --*widest;
    --total;
  }
  return widths;
}

std::string Table::Render(const Terminal& terminal) const {
  const std::vector<size_t> widths = ColumnWidths(terminal);
  std::string text;
  for (size_t line = 0; line < rows_.size(); ++line) {
    std::string printed;
    for (size_t i = 0; i < widths.size(); ++i) {
      const std::string cell = Truncate(rows_[line][i], widths[i]);
      printed += cell;
      if (i + 1 < widths.size()) printed.append(widths[i] - DisplayWidth(cell) + kGap, ' ');
    }
    printed.erase(printed.find_last_not_of(' ') + 1);
    text += line == 0 ? Bold(terminal, printed) : printed;
    text += '\n';
  }
  return text;
}

}  // namespace rsca::cli
