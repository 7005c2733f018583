#include "server/worker/results_link.h"

#include <pthread.h>
#include <sys/socket.h>

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/socket_io.h"

namespace rsca::worker {

ResultsLink::ResultsLink(UniqueFd socket, std::shared_ptr<ReportQueue> queue)
    : socket_(std::move(socket)), queue_(std::move(queue)) {}

ResultsLink::~ResultsLink() {
  queue_->Abandon();
  shutdown(socket_.Get(), SHUT_RDWR);
  if (writer_.joinable()) writer_.join();
  if (reader_.joinable()) reader_.join();
}

void ResultsLink::Open(std::function<void(const CreditFrame&)> credit, std::function<void()> lost) {
  credit_ = std::move(credit);
  lost_ = std::move(lost);
  queue_->Connect(socket_.Get());
  reader_ = std::thread([this] { Read(); });
  writer_ = std::thread([this] { Write(); });
}

void ResultsLink::Write() {
  pthread_setname_np(pthread_self(), "results-writer");
  std::string bytes;
  while (queue_->Pop(&bytes)) {
    if (!SendAll(socket_.Get(), bytes)) return;  // the reader tells
  }
  {
    // Before the server can answer: its end of the socket is no loss from here on.
    MutexLock lock(&mutex_);
    sent_ = true;
  }
  shutdown(socket_.Get(), SHUT_WR);
  MutexLock lock(&mutex_);
  changed_.NotifyAll();
}

void ResultsLink::Read() {
  pthread_setname_np(pthread_self(), "results-reader");
  SocketReader reader(socket_.Get());
  while (WaitUntilReadable(socket_.Get()) && reader.ReadMore()) {
    CreditFrame credit;
    absl::string_view bytes = reader.bytes();
    while (ConsumeCredit(&bytes, &credit)) credit_(credit);
    reader.Keep(bytes);
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
