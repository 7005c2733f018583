#include "tests/bench/peers/publisher.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/eventually.h"

namespace rsca::bench {
namespace {

constexpr std::chrono::microseconds kLookAgain{50};
constexpr std::chrono::seconds kArrivalBound{10};
constexpr size_t kChunkBytes = 32 << 10;

}  // namespace

Flow Flow::OfBytes(const Load& load, size_t bytes) {
  const auto results = [&](size_t of, uint64_t least) {
    return std::max<uint64_t>(of / load.bytes, least);
  };
  return {.window = results(bytes, 4), .chunk = results(std::min(kChunkBytes, bytes / 4), 1)};
}

Publisher::Publisher(const Load& load, const Flow& flow, const Meter* meter, Publish publish)
    : load_(load), flow_(flow), meter_(meter), publish_(std::move(publish)), thread_([this] {
        try {
          Run();
        } catch (...) {
          failure_ = std::current_exception();
        }
      }) {}

Publisher::~Publisher() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Publisher::Finish() {
  stopping_ = true;
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  const uint64_t due = published_ * static_cast<uint64_t>(load_.subscribers);
  if (support::Eventually([&] { return meter_->Results() >= due; }, kArrivalBound)) return;
  throw std::runtime_error(
      absl::StrCat(due - meter_->Results(), " of ", due, " deliveries did not come"));
}

void Publisher::Run() {
  Ticker ticker(load_.rate);
  while (!stopping_) {
    if (load_.rate > 0) {
      ticker.Wait();
      Send(1);
    } else if (HasRoom()) {
      Send(flow_.chunk);
    } else {
      std::this_thread::sleep_for(kLookAgain);
    }
  }
}

void Publisher::Send(uint64_t results) {
  publish_(results);
  published_ += results;
}

// By the sum of all deliveries: one subscriber alone may be further behind, but all together not.
bool Publisher::HasRoom() const {
  const auto subscribers = static_cast<uint64_t>(load_.subscribers);
  return (published_ + flow_.chunk) * subscribers <= meter_->Results() + flow_.window * subscribers;
}

nlohmann::json ObservePublisher(const Load& load, const Flow& flow, Meter* meter,
                                const Processes& processes, const std::function<void()>& check,
                                Publisher::Publish publish) {
  Publisher publisher(load, flow, meter, std::move(publish));
  nlohmann::json json = Observe(load, meter, processes);
  check();
  publisher.Finish();
  return json;
}

Messages::Messages(std::string_view before, size_t result_bytes, std::string_view after,
                   uint64_t count)
    : stamp_at_(before.size()), message_bytes_(before.size() + result_bytes + after.size()) {
  const std::string result(result_bytes, 'r');
  text_.reserve(message_bytes_ * count);
  for (uint64_t i = 0; i < count; ++i) text_.append(before).append(result).append(after);
}

std::string_view Messages::Stamped(uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) PutStamp(&text_[i * message_bytes_ + stamp_at_]);
  return std::string_view(text_).substr(0, count * message_bytes_);
}

}  // namespace rsca::bench
