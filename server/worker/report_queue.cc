#include "server/worker/report_queue.h"

#include <utility>

#include "absl/time/clock.h"

namespace rsca::worker {
namespace {

// Enough to make the cost of a message vanish, small enough for the server to read in one gulp.
constexpr int kMaxReports = 1000;
constexpr size_t kMaxBytes = size_t{1} << 20;

// Holds the reports of a full batch, without their responses.
constexpr size_t kBlockBytes = size_t{160} << 10;

constexpr size_t kSpareBatches = 4;

// Keys, lengths and numbers of a report on the wire.
constexpr size_t kWireOverheadBytes = 32;

google::protobuf::ArenaOptions OptionsFor(char* block) {
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = kBlockBytes;
  return options;
}

}  // namespace

ReportBatch::ReportBatch()
    : block_(new char[kBlockBytes]),
      arena_(OptionsFor(block_.get())),
      request_(google::protobuf::Arena::CreateMessage<v1::ResultsRequest>(&arena_)) {}

bool ReportBatch::full() const {
  return request_->reports_size() >= kMaxReports || bytes_ >= kMaxBytes;
}

v1::Report* ReportBatch::Add(uint64_t channel, std::string* response) {
  v1::Report* report = request_->add_reports();
  if (!response->empty()) {
    try {
      *report->mutable_response() = std::move(*response);
    } catch (...) {  // before the move, which cannot fail
      request_->mutable_reports()->RemoveLast();
      throw;
    }
  }
  bytes_ += report->response().size() + kWireOverheadBytes;
  report->set_channel(channel);
  return report;
}

void ReportBatch::Clear() {
  arena_.Reset();
  request_ = google::protobuf::Arena::CreateMessage<v1::ResultsRequest>(&arena_);
  bytes_ = 0;
}

v1::Report* ReportQueue::AddReport(uint64_t channel, std::string* response) {
  const bool fits = !batches_.empty() && !batches_.back()->full() &&
                    batches_.back()->bytes() + response->size() <= kMaxBytes;
  if (!fits) {
    if (spare_.empty()) {
      batches_.push_back(std::make_unique<ReportBatch>());
    } else {
      batches_.push_back(std::move(spare_.back()));
      spare_.pop_back();
    }
  }
  v1::Report* report = batches_.back()->Add(channel, response);
  report->set_report_time_unix_nanos(absl::GetCurrentTimeNanos());
  if (popping_) filled_.NotifyOne();
  return report;
}

void ReportQueue::Push(uint64_t channel, int32_t hr_status, bool final, std::string* response) {
  MutexLock lock(&mutex_);
  if (closed_) return;
  v1::Report* report = AddReport(channel, response);
  report->set_hr_status(hr_status);
  report->set_final(final);
}

void ReportQueue::PushEnded(uint64_t channel, v1::Ended::Reason reason, int32_t hresult) {
  MutexLock lock(&mutex_);
  if (closed_) return;
  std::string none;
  v1::Ended* ended = AddReport(channel, &none)->mutable_ended();
  ended->set_reason(reason);
  ended->set_hresult(hresult);
}

std::unique_ptr<ReportBatch> ReportQueue::Pop() {
  MutexLock lock(&mutex_);
  while (batches_.empty() && !closed_) {
    popping_ = true;
    filled_.Wait(&mutex_);
    popping_ = false;
  }
  if (batches_.empty()) return nullptr;
  std::unique_ptr<ReportBatch> batch = std::move(batches_.front());
  batches_.pop_front();
  return batch;
}

void ReportQueue::Recycle(std::unique_ptr<ReportBatch> batch) {
  batch->Clear();
  MutexLock lock(&mutex_);
  if (spare_.size() < kSpareBatches) spare_.push_back(std::move(batch));
}

void ReportQueue::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  filled_.NotifyAll();
}

void ReportQueue::Abandon() {
  std::deque<std::unique_ptr<ReportBatch>> dropped;  // destroyed after the lock
  MutexLock lock(&mutex_);
  closed_ = true;
  dropped.swap(batches_);
  filled_.NotifyAll();
}

}  // namespace rsca::worker
