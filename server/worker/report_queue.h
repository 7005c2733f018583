// What waits to leave the worker: reports of all channels, packed into messages as they come.
#ifndef RSCA_SERVER_WORKER_REPORT_QUEUE_H_
#define RSCA_SERVER_WORKER_REPORT_QUEUE_H_

#include <google/protobuf/arena.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

// One message of reports. Its arena makes a small report cost one allocation: its response.
class ReportBatch {
 public:
  ReportBatch();

  v1::ResultsRequest& request() { return *request_; }
  // About what the message takes on the wire.
  size_t bytes() const { return bytes_; }
  bool full() const;

  // Throws std::bad_alloc, having added nothing and left the response as it was.
  v1::Report* Add(uint64_t channel, std::string* response);
  void Clear();

 private:
  std::unique_ptr<char[]> block_;
  google::protobuf::Arena arena_;
  v1::ResultsRequest* request_;
  size_t bytes_ = 0;
};

// Thread-safe. Bounded by the credits of the channels that report into it. The order of the calls
// is the order on the wire.
class ReportQueue {
 public:
  // Stamps the report with the time of now. Throws std::bad_alloc, having queued nothing and left
  // the response as it was; else takes it.
  void Push(uint64_t channel, int32_t hr_status, bool final, std::string* response);
  void PushEnded(uint64_t channel, v1::Ended::Reason reason, int32_t hresult);

  // Waits for reports. Null when the queue is closed and empty.
  std::unique_ptr<ReportBatch> Pop();
  // Gives a batch back for use again.
  void Recycle(std::unique_ptr<ReportBatch> batch);

  // What is queued may still be popped; what comes later is dropped.
  void Close();
  // Drops what is queued, too.
  void Abandon();

 private:
  v1::Report* AddReport(uint64_t channel, std::string* response)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  CondVar filled_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool popping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::unique_ptr<ReportBatch>> batches_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<ReportBatch>> spare_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_REPORT_QUEUE_H_
