// The results of a registration, one after the other.
//
//   for (rsca::client::Event& event : *stream) {
//     if (event.result() != nullptr) Use(event.result()->response());
//   }
//   if (!stream->status().ok()) …           // the connection was lost for good, or results were
//   stream->outcome()->kind();              // why the registration ended
#ifndef RSCA_CLIENT_RESULT_STREAM_H_
#define RSCA_CLIENT_RESULT_STREAM_H_

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rsca/client/options.h"
#include "rsca/v1/registration.pb.h"
#include "rsca/v1/result.pb.h"

namespace rsca {
namespace client {

namespace internal {
class StreamState;
}  // namespace internal

// One place in the sequence: a result or an interruption. A value; may be moved out of.
class Event {
 public:
  explicit Event(v1::Result result) : what_(std::move(result)) {}
  explicit Event(v1::Interruption interruption) : what_(std::move(interruption)) {}

  // The plug-in reported something; null for an interruption.
  v1::Result* result() { return std::get_if<v1::Result>(&what_); }
  const v1::Result* result() const { return std::get_if<v1::Result>(&what_); }

  // The action began again on a new worker; null for a result.
  v1::Interruption* interruption() { return std::get_if<v1::Interruption>(&what_); }
  const v1::Interruption* interruption() const { return std::get_if<v1::Interruption>(&what_); }

  uint64_t sequence() const {
    return result() != nullptr ? result()->sequence() : interruption()->sequence();
  }

 private:
  std::variant<v1::Result, v1::Interruption> what_;
};

// A stream that joins again by itself. Made by `Client::Register`, `Attach` and `Unregister`.
//
// Promise: sequences come one by one, without gap and without duplicate, however often the
// connection is lost; where that cannot be kept the stream ends with DATA_LOSS, and
// `GetLostResults` in errors.h says what is missing. The final result comes last.
//
// Back-pressure: nothing is read ahead of `Next` but what gRPC's flow control lets through, so an
// action whose client does not read waits. A client that does not call `Next` for longer than the
// server's `stall_timeout` is cut off and joins again with its next call; by then the results may
// be gone (DATA_LOSS), or the registration, after `detach_grace` (its final result says so).
//
// Thread-safety: `Next`, iteration and what they change (`registration`, `last_sequence`,
// `outcome`, `status`) belong to one thread at a time. `Cancel` and `Unregister` may be called
// from any thread while another waits in `Next`; not while the stream is moved or destroyed.
//
// Ownership: keeps the connection open by itself and may outlive its Client. Destruction leaves
// the stream, at once; an attached registration then ends after its `detach_grace`.
class ResultStream {
 public:
  class iterator;

  // Made by Client.
  explicit ResultStream(std::unique_ptr<internal::StreamState> state);
  ResultStream(ResultStream&&) noexcept;
  ResultStream& operator=(ResultStream&&) noexcept;
  ~ResultStream();

  // Blocks for the next event. Nothing after the final result: the good end. An error is the end
  // as well, and comes again with every further call: CANCELLED after `Cancel`, DATA_LOSS,
  // UNAVAILABLE when the server could not be reached within `RetryPolicy::rejoin_limit`, or what
  // the server refused with.
  absl::StatusOr<std::optional<Event>> Next();

  // Input iteration over `Next`; one pass. Ends at the good end and at an error: see `status`.
  iterator begin();
  iterator end();

  // The registration as it was when the stream last joined it. Of `Client::UnregisterFunction`,
  // the one whose results are coming.
  const v1::Registration& registration() const;

  // Sequence of the last event that `Next` has returned, or that the stream began after.
  uint64_t last_sequence() const;

  // Why the registration ended; null before its final result.
  const v1::Outcome* outcome() const;

  // OK until `Next` has returned an error, then that error.
  absl::Status status() const;

  // Leaves the stream: `Next` returns CANCELLED. The registration goes on.
  void Cancel();

  // Ends the registration and returns once the server has agreed. What it still reports, and the
  // final result, come on this stream.
  absl::Status Unregister(absl::Duration timeout = absl::Seconds(30));

 private:
  std::unique_ptr<internal::StreamState> state_;
};

class ResultStream::iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Event;
  using difference_type = std::ptrdiff_t;
  using pointer = Event*;
  using reference = Event&;

  iterator() = default;
  explicit iterator(ResultStream* stream) : stream_(stream) { ++*this; }

  reference operator*() { return *event_; }
  pointer operator->() { return &*event_; }
  iterator& operator++();
  void operator++(int) { ++*this; }

  // Only comparison with `end()` means anything.
  friend bool operator==(const iterator& a, const iterator& b) { return a.stream_ == b.stream_; }
  friend bool operator!=(const iterator& a, const iterator& b) { return !(a == b); }

 private:
  ResultStream* stream_ = nullptr;
  std::optional<Event> event_;
};

inline ResultStream::iterator ResultStream::begin() { return iterator(this); }
inline ResultStream::iterator ResultStream::end() { return iterator(); }

}  // namespace client
}  // namespace rsca

#endif  // RSCA_CLIENT_RESULT_STREAM_H_
