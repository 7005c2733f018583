// What waits to leave the worker: reports of all channels, as the bytes that they are on the
// results socket (common/report_frame.h).
#ifndef RSCA_SERVER_WORKER_REPORT_QUEUE_H_
#define RSCA_SERVER_WORKER_REPORT_QUEUE_H_

#include <cstdint>
#include <string>

#include "common/mutex.h"
#include "common/report_frame.h"

namespace rsca::worker {

// Thread-safe. Bounded by the credits of the channels that report into it. The order of the calls
// is the order on the wire.
//
// One thread sends at a time. That is the link's writer, which takes whatever has queued while it
// sent; but when nothing was reported for a while, the reporting thread sends its report itself,
// so that an idle stream's result does not wait until another thread has woken up.
class ReportQueue {
 public:
  // From here on reporting threads may send to this socket, until Abandon or the writer's end.
  void Connect(int socket);

  // Stamps the report with the time of now. Throws std::bad_alloc, having queued nothing. True: the
  // caller is the one to send it, by Flush, soon and without locks.
  [[nodiscard]] bool Push(ReportFrame report);
  // The writer sends it.
  void PushForWriter(ReportFrame report);

  // Sends without waiting; what the socket does not take is the writer's.
  void Flush();

  // The writer's: waits for bytes to send, in place of those that it has sent. False when the queue
  // is closed and empty.
  bool Pop(std::string* bytes);

  // What is queued may still be popped; what comes later is dropped.
  void Close();
  // Drops what is queued, too.
  void Abandon();

 private:
  // True when nothing was reported for a while.
  bool Append(ReportFrame* report) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeRoomFor(const ReportFrame& report) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeWriter() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  CondVar changed_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool writer_waits_ ABSL_GUARDED_BY(mutex_) = false;
  bool flushing_ ABSL_GUARDED_BY(mutex_) = false;  // a reporting thread sends, or is about to
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;   // the writer sends
  int socket_ ABSL_GUARDED_BY(mutex_) = -1;
  bool roomy_ ABSL_GUARDED_BY(mutex_) = false;  // the socket holds some large reports
  int64_t last_report_nanos_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string queued_ ABSL_GUARDED_BY(mutex_);
  std::string flushed_ ABSL_GUARDED_BY(mutex_);  // room of an earlier flush, for the next
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_REPORT_QUEUE_H_
