#include <algorithm>
#include <array>
#include <cstddef>

#include "server/managers/syslog/parser.h"

namespace rsca::managers::syslog {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes two digits off the front whose value is within bounds.
bool TakeTwoDigits(std::string_view* text, int min, int max) {
  if (text->size() < 2 || !IsDigit((*text)[0]) || !IsDigit((*text)[1])) return false;
  const int value = ((*text)[0] - '0') * 10 + ((*text)[1] - '0');
  text->remove_prefix(2);
  return value >= min && value <= max;
}

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

bool TakeTime(std::string_view* text) {
  return TakeTwoDigits(text, 0, 23) && Take(text, ':') && TakeTwoDigits(text, 0, 59) &&
         Take(text, ':') && TakeTwoDigits(text, 0, 59);
}

// `.` and one to six digits, or nothing.
bool TakeFraction(std::string_view* text) {
  if (!Take(text, '.')) return true;
  size_t digits = 0;
  while (digits < text->size() && IsDigit((*text)[digits])) ++digits;
  text->remove_prefix(digits);
  return digits >= 1 && digits <= 6;
}

bool TakeOffset(std::string_view* text) {
  if (Take(text, 'Z')) return true;
  return (Take(text, '+') || Take(text, '-')) && TakeTwoDigits(text, 0, 23) && Take(text, ':') &&
         TakeTwoDigits(text, 0, 59);
}

}  // namespace

bool IsRfc3164Timestamp(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (std::find(kMonths.begin(), kMonths.end(), text.substr(0, 3)) == kMonths.end()) return false;
  text.remove_prefix(3);
  if (!Take(&text, ' ')) return false;
  if (Take(&text, ' ')) {
    if (text.empty() || text.front() < '1' || text.front() > '9') return false;
    text.remove_prefix(1);
  } else if (!TakeTwoDigits(&text, 1, 31)) {
    return false;
  }
  return Take(&text, ' ') && TakeTime(&text) && text.empty();
}

bool IsRfc5424Timestamp(std::string_view text) {
  return TakeTwoDigits(&text, 0, 99) && TakeTwoDigits(&text, 0, 99) && Take(&text, '-') &&
         TakeTwoDigits(&text, 1, 12) && Take(&text, '-') && TakeTwoDigits(&text, 1, 31) &&
         Take(&text, 'T') && TakeTime(&text) && TakeFraction(&text) && TakeOffset(&text) &&
         text.empty();
}

}  // namespace rsca::managers::syslog
