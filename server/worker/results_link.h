// The Results stream: reports to the server, credits from it.
#ifndef RSCA_SERVER_WORKER_RESULTS_LINK_H_
#define RSCA_SERVER_WORKER_RESULTS_LINK_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <thread>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "rsca/worker/v1/worker_link.grpc.pb.h"
#include "server/worker/report_queue.h"

namespace rsca::worker {

class ResultsLink {
 public:
  ResultsLink(v1::WorkerLink::StubInterface* stub, std::shared_ptr<ReportQueue> queue);
  // Cancels what is left.
  ~ResultsLink();

  // Says hello, then sends what the queue has, from a thread of its own. From another it calls
  // `credit` for each credit, and `lost` when the server ends the stream before the queue is closed
  // and all of it is sent. Neither may block.
  void Open(const v1::ResultsHello& hello, std::function<void(const v1::Credit&)> credit,
            std::function<void()> lost);

  // After the queue was closed: waits until all is sent, then gives the server a moment to say that
  // it has it.
  void Drain(absl::Duration patience);

 private:
  using Stream = grpc::ClientReaderWriterInterface<v1::ResultsRequest, v1::ResultsResponse>;

  void Write();
  void Read();

  v1::WorkerLink::StubInterface* const stub_;
  const std::shared_ptr<ReportQueue> queue_;
  std::function<void(const v1::Credit&)> credit_;
  std::function<void()> lost_;
  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;  // one reader, one writer
  std::thread writer_;
  std::thread reader_;

  Mutex mutex_;
  CondVar changed_;
  bool sent_ ABSL_GUARDED_BY(mutex_) = false;   // everything, and the server was told so
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;  // by the server
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_RESULTS_LINK_H_
