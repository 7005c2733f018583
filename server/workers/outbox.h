// What waits to be written to a worker, one queue for each of its sockets.
#ifndef RSCA_SERVER_WORKERS_OUTBOX_H_
#define RSCA_SERVER_WORKERS_OUTBOX_H_

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::workers {

// Thread-safe. Calls to the worker, in order; as many as there are registrations and runs.
// RefuseReports is there once for each channel, with what was asked last.
class ControlOutbox {
 public:
  void Push(worker::v1::ControlResponse message);
  void RefuseReports(uint64_t channel, int32_t hresult);

  // Waits for the next message. False once closed; what is queued then is dropped.
  bool Pop(worker::v1::ControlResponse* message);
  void Close();

 private:
  Mutex mutex_;
  CondVar changed_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<worker::v1::ControlResponse> queue_ ABSL_GUARDED_BY(mutex_);
  // Those in the queue, by channel.
  std::unordered_map<uint64_t, worker::v1::RefuseReports*> refusals_ ABSL_GUARDED_BY(mutex_);
};

// Thread-safe. Credits leave at once, from the thread that grants them, unless the process does not
// read: then they wait for the thread that may wait for the socket.
class CreditOutbox {
 public:
  // From here on credits can leave to this socket, until Close.
  void Open(int socket);
  void Add(uint64_t channel, uint64_t bytes);

  // Waits for bytes to send, in place of those that were sent. False once closed.
  bool Pop(std::string* bytes);
  void Close();

 private:
  Mutex mutex_;
  CondVar changed_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;  // the thread that may wait
  int socket_ ABSL_GUARDED_BY(mutex_) = -1;
  std::string queued_ ABSL_GUARDED_BY(mutex_);  // as they are sent, see common/report_frame.h
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_OUTBOX_H_
