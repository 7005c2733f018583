// What a worker and its plug-ins print, cut into lines for the log.
#ifndef RSCA_SERVER_WORKERS_OUTPUT_LINES_H_
#define RSCA_SERVER_WORKERS_OUTPUT_LINES_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rsca::workers {

// Longer lines are logged in parts.
inline constexpr size_t kMaxOutputLineBytes = 4096;
// What is printed beyond so much in a second is counted and dropped.
inline constexpr uint64_t kOutputBytesPerSecond = 256 << 10;

// Used by one thread. Times are of any steady clock.
class OutputLines {
 public:
  struct Sink {
    // `continues`: the next part of this line follows.
    std::function<void(absl::string_view line, bool continues)> line;
    std::function<void(uint64_t lines, uint64_t bytes)> dropped;
  };

  explicit OutputLines(Sink sink);

  void Add(absl::string_view bytes, absl::Duration now);
  // A last line without its newline, too.
  void End(absl::Duration now);

  // When Tick is to be called so that a count of dropped lines does not wait for further output;
  // infinite when there is none.
  absl::Duration next_tick() const;
  void Tick(absl::Duration now);

 private:
  void Put(absl::string_view line, bool continues);
  void TellDropped();

  const Sink sink_;
  std::string partial_;
  absl::Duration second_ = -absl::InfiniteDuration();  // when the running second began
  uint64_t bytes_ = 0;                                 // logged in it
  uint64_t dropped_lines_ = 0;
  uint64_t dropped_bytes_ = 0;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_OUTPUT_LINES_H_
