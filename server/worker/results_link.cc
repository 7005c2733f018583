#include "server/worker/results_link.h"

#include <pthread.h>

#include <utility>

#include "absl/time/clock.h"

namespace rsca::worker {

ResultsLink::ResultsLink(v1::WorkerLink::StubInterface* stub, std::shared_ptr<ReportQueue> queue)
    : stub_(stub), queue_(std::move(queue)) {}

ResultsLink::~ResultsLink() {
  queue_->Abandon();
  context_.TryCancel();
  if (writer_.joinable()) writer_.join();
  if (reader_.joinable()) reader_.join();
  if (stream_ != nullptr) stream_->Finish();
}

void ResultsLink::Open(const v1::ResultsHello& hello, std::function<void(const v1::Credit&)> credit,
                       std::function<void()> lost) {
  credit_ = std::move(credit);
  lost_ = std::move(lost);
  stream_ = stub_->Results(&context_);
  v1::ResultsRequest request;
  *request.mutable_hello() = hello;
  stream_->Write(request);  // a failure shows at the first Read
  reader_ = std::thread([this] { Read(); });
  writer_ = std::thread([this] { Write(); });
}

void ResultsLink::Write() {
  pthread_setname_np(pthread_self(), "results-writer");
  while (std::unique_ptr<ReportBatch> batch = queue_->Pop()) {
    if (!stream_->Write(batch->request())) return;  // the reader tells
    queue_->Recycle(std::move(batch));
  }
  {
    // Before the server can answer: its end of the stream is no loss from here on.
    MutexLock lock(&mutex_);
    sent_ = true;
  }
  stream_->WritesDone();
  MutexLock lock(&mutex_);
  changed_.NotifyAll();
}

void ResultsLink::Read() {
  pthread_setname_np(pthread_self(), "results-reader");
  v1::ResultsResponse response;
  while (stream_->Read(&response)) {
    for (const v1::Credit& credit : response.credits()) credit_(credit);
  }
  bool lost;
  {
    MutexLock lock(&mutex_);
    ended_ = true;
    lost = !sent_;
    changed_.NotifyAll();
  }
  if (lost) lost_();
}

void ResultsLink::Drain(absl::Duration patience) {
  MutexLock lock(&mutex_);
  while (!sent_ && !ended_) changed_.Wait(&mutex_);
  const absl::Time deadline = absl::Now() + patience;
  while (!ended_ && absl::Now() < deadline) changed_.WaitFor(&mutex_, deadline - absl::Now());
}

}  // namespace rsca::worker
