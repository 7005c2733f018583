#include "server/workers/results_socket.h"

#include <pthread.h>
#include <sys/socket.h>

#include <string>
#include <utility>
#include <vector>

#include "common/log.h"
#include "common/report_frame.h"
#include "common/socket_io.h"

namespace rsca::workers {

ResultsSocket::ResultsSocket(UniqueFd socket, std::shared_ptr<Worker> worker,
                             uint64_t max_response_bytes)
    : worker_(std::move(worker)) {
  const int descriptor = socket.Get();
  {
    MutexLock lock(&mutex_);
    socket_ = std::move(socket);
  }
  worker_->OnResultsOpened(descriptor);
  writer_ = std::thread([this, descriptor] {
    pthread_setname_np(pthread_self(), "credits");
    std::string bytes;
    while (worker_->credit_outbox()->Pop(&bytes) && SendAll(descriptor, bytes)) {
    }
  });
  reader_ = std::thread(
      [this, descriptor, max_response_bytes] { Read(descriptor, max_response_bytes); });
}

ResultsSocket::~ResultsSocket() {
  {
    MutexLock lock(&mutex_);
    if (socket_) shutdown(socket_.Get(), SHUT_RDWR);
  }
  reader_.join();
}

void ResultsSocket::Read(int socket, uint64_t max_response_bytes) {
  pthread_setname_np(pthread_self(), "results");
  SocketReader reader(socket);
  std::vector<ReportFrame> reports;
  FrameStatus status = FrameStatus::kIncomplete;
  while (status != FrameStatus::kBroken && reader.ReadMore()) {
    absl::string_view bytes = reader.bytes();
    ReportFrame report;
    while ((status = ConsumeReport(max_response_bytes, &bytes, &report)) ==
           FrameStatus::kComplete) {
      reports.push_back(report);
    }
    if (!reports.empty()) worker_->OnResults(reports);
    reports.clear();
    reader.Keep(bytes);
  }
  if (status == FrameStatus::kBroken) {
    LogError("a worker sent what is no report, and is killed", {{"worker", worker_->name()}});
    worker_->Decide(ExitReason::kLinkLost, "it sent what is no report");
    worker_->Kill();
  }
  // It learns that all was read; a writer that waits for it learns that nobody is there.
  shutdown(socket, SHUT_RDWR);
  worker_->OnResultsClosed();
  writer_.join();
  {
    MutexLock lock(&mutex_);
    socket_ = UniqueFd();
  }
  over_ = true;
}

}  // namespace rsca::workers
