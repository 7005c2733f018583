#include "client/cli/table.h"

#include <algorithm>
#include <utility>

#include "client/cli/text.h"

namespace rsca::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kNarrowest = 6;  // columns are not cut below this
constexpr size_t kLegible = 20;   // nor below this while there are columns to leave out

// Of the columns that are shown, with the gaps between them.
size_t LineWidth(const std::vector<size_t>& widths) {
  size_t total = 0;
  for (const size_t width : widths) total += width == 0 ? 0 : width + kGap;
  return total < kGap ? 0 : total - kGap;
}

// Leaves columns out until the others fit, those to be cut with what is legible of them.
void LeaveOut(const std::vector<Fit>& fits, size_t room, std::vector<size_t>* widths) {
  std::vector<size_t> least = *widths;
  for (size_t i = 0; i < least.size(); ++i) {
    if (fits[i] == Fit::kCut) least[i] = std::min(least[i], kLegible);
  }
  for (size_t i = least.size(); i-- > 0 && LineWidth(least) > room;) {
    if (fits[i] == Fit::kLeftOut) least[i] = (*widths)[i] = 0;
  }
}

void Cut(const std::vector<Fit>& fits, size_t room, std::vector<size_t>* widths) {
  for (size_t total = LineWidth(*widths); total > room; --total) {
    size_t* widest = nullptr;
    for (size_t i = 0; i < fits.size(); ++i) {
      size_t* const width = &(*widths)[i];
      if (fits[i] == Fit::kCut && (widest == nullptr || *width > *widest)) widest = width;
    }
    if (widest == nullptr || *widest <= kNarrowest) return;
    --*widest;
  }
}

}  // namespace

Table::Table(const std::vector<Column>& columns) : rows_(1) {
  for (const Column& column : columns) {
    fits_.push_back(column.fit);
    rows_.front().push_back(column.heading);
  }
}

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(fits_.size());
  for (std::string& cell : cells) cell = cell.empty() ? "-" : EscapeControls(cell);
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::ColumnWidths(const Terminal& terminal) const {
  std::vector<size_t> widths(fits_.size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  if (!terminal.is_terminal) return widths;
  LeaveOut(fits_, terminal.width, &widths);
  Cut(fits_, terminal.width, &widths);
  return widths;
}

std::string Table::Render(const Terminal& terminal) const {
  const std::vector<size_t> widths = ColumnWidths(terminal);
  std::string text;
  for (size_t line = 0; line < rows_.size(); ++line) {
    std::string printed;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] == 0) continue;
      const std::string cell = Truncate(rows_[line][i], widths[i]);
      printed += cell;
      printed.append(widths[i] - DisplayWidth(cell) + kGap, ' ');
    }
    printed.erase(printed.find_last_not_of(' ') + 1);
    text += line == 0 ? Bold(terminal, printed) : printed;
    text += '\n';
  }
  return text;
}

}  // namespace rsca::cli
