#include "server/workers/output_lines.h"

#include <utility>

#include "absl/strings/strip.h"

namespace rsca::workers {
namespace {

constexpr absl::Duration kSecond = absl::Seconds(1);

// A newline costs, too, or empty lines would be free.
constexpr uint64_t CostOf(absl::string_view line) { return line.size() + 1; }

// At most so many bytes, without cutting a UTF-8 character in two.
size_t PartSize(absl::string_view line) {
  size_t size = kMaxOutputLineBytes;
  for (int back = 0; back < 3 && (static_cast<unsigned char>(line[size]) & 0xc0) == 0x80; ++back) {
    --size;
  }
  return size;
}

}  // namespace

OutputLines::OutputLines(Sink sink) : sink_(std::move(sink)) {}

void OutputLines::Add(absl::string_view bytes, absl::Duration now) {
  Tick(now);
  partial_.append(bytes.data(), bytes.size());
  absl::string_view rest = partial_;
  while (true) {
    const size_t end = rest.find('\n');
    if (end <= kMaxOutputLineBytes) {
      Put(absl::StripSuffix(rest.substr(0, end), "\r"), false);
      rest.remove_prefix(end + 1);
    } else if (rest.size() > kMaxOutputLineBytes) {
      const size_t size = PartSize(rest);
      Put(rest.substr(0, size), true);
      rest.remove_prefix(size);
    } else {
      break;
    }
  }
  partial_.erase(0, partial_.size() - rest.size());
}

void OutputLines::End(absl::Duration now) {
  Tick(now);
  if (!partial_.empty()) Put(partial_, false);
  partial_.clear();
  TellDropped();
}

absl::Duration OutputLines::next_tick() const {
  return dropped_bytes_ > 0 ? second_ + kSecond : absl::InfiniteDuration();
}

void OutputLines::Tick(absl::Duration now) {
  if (now < second_ + kSecond) return;
  second_ = now;
  bytes_ = 0;
  TellDropped();
}

void OutputLines::TellDropped() {
  if (dropped_bytes_ > 0) sink_.dropped(dropped_lines_, dropped_bytes_);
  dropped_lines_ = 0;
  dropped_bytes_ = 0;
}

void OutputLines::Put(absl::string_view line, bool continues) {
  // Once something was dropped, all is until the second is over: one gap, and one count of it.
  if (dropped_bytes_ > 0 || bytes_ + CostOf(line) > kOutputBytesPerSecond) {
    dropped_lines_ += continues ? 0 : 1;
    dropped_bytes_ += CostOf(line);
    return;
  }
  bytes_ += CostOf(line);
  sink_.line(line, continues);
}

}  // namespace rsca::workers
