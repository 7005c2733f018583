// What is wrong with a configuration file, each with its place in the file. Everything that is
// found is reported at once, in the order of the file.
#ifndef RSCA_SERVER_CONFIG_PROBLEMS_H_
#define RSCA_SERVER_CONFIG_PROBLEMS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rsca::config {

// Line and column, both from 1; line 0 is no place in the file.
struct Place {
  int line = 0;
  int column = 0;
};

class Problems {
 public:
  // `file`: how messages name it.
  explicit Problems(std::string file) : file_(std::move(file)) {}

  // Where a field such as `pools[0].name` stands. Fields that were never placed are not in the
  // file: their problems are shown at what they are part of.
  void SetPlace(const std::string& path, Place place) { places_[path] = place; }
  bool HasPlace(const std::string& path) const { return places_.count(path) > 0; }

  void Add(const std::string& path, absl::string_view message);
  void AddAt(Place place, absl::string_view path, absl::string_view message);

  bool empty() const { return problems_.empty(); }

  // INVALID_ARGUMENT with a line `FILE:LINE:COLUMN: path: message` for each, or OK.
  absl::Status ToStatus() const;

 private:
  struct Problem {
    Place place;
    std::string text;
  };

  const std::string file_;
  std::map<std::string, Place> places_;
  std::vector<Problem> problems_;
};

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_PROBLEMS_H_
