// Ends waiting calls from outside.
#ifndef RSCA_CLIENT_CANCELLATION_H_
#define RSCA_CLIENT_CANCELLATION_H_

#include <memory>

namespace rsca {
namespace client {

namespace internal {
class CancelState;
}  // namespace internal

// Put one into the options of any number of calls and streams; `Cancel` ends them all with
// CANCELLED, those that wait now and those that begin later. Copies are the same cancellation.
//
// Thread-safe: any thread may call anything. Takes a lock, so do not call it from a signal handler;
// a thread in `sigwait` may.
class Cancellation {
 public:
  Cancellation();

  // Never blocks for the network. A second call changes nothing.
  void Cancel();

  bool cancelled() const;

 private:
  friend class internal::CancelState;
  std::shared_ptr<internal::CancelState> state_;
};

}  // namespace client
}  // namespace rsca

#endif  // RSCA_CLIENT_CANCELLATION_H_
