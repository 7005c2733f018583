// The load's publisher: a thread that sends results at the load's rate or, without one, as fast as
// the subscribers take them.
#ifndef RSCA_TESTS_BENCH_PEERS_PUBLISHER_H_
#define RSCA_TESTS_BENCH_PEERS_PUBLISHER_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>

#include "tests/bench/measure.h"

namespace rsca::bench {

// How far publishing may run ahead. A bounded window is what keeps brokers from dropping results,
// or subscribers, that cannot follow.
struct Flow {
  uint64_t window = 4096;  // results that a subscriber may be behind
  uint64_t chunk = 256;    // results that are sent at once

  // About so many bytes on the way to each subscriber.
  static Flow OfBytes(const Load& load, size_t bytes);
};

class Publisher {
 public:
  // Sends so many results at once, on the publisher's thread.
  using Publish = std::function<void(uint64_t results)>;

  Publisher(const Load& load, const Flow& flow, const Meter* meter, Publish publish);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Stops, and throws if publishing has failed or not all results come.
  void Finish();

 private:
  void Run();
  void Send(uint64_t results);
  bool HasRoom() const;

  const Load load_;
  const Flow flow_;
  const Meter* const meter_;
  const Publish publish_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> published_{0};
  std::exception_ptr failure_;  // the thread's; read once it has ended
  std::thread thread_;
};

// Publishes while the load is observed, and throws unless all went well.
nlohmann::json ObservePublisher(const Load& load, const Flow& flow, Meter* meter,
                                const Processes& processes, const std::function<void()>& check,
                                Publisher::Publish publish);

// Messages in one piece of memory, each `before` + result + `after`, ready to be sent at once.
class Messages {
 public:
  Messages(std::string_view before, size_t result_bytes, std::string_view after, uint64_t count);

  // The first so many of them, each stamped with the time. Valid until the next call.
  std::string_view Stamped(uint64_t count);

 private:
  const size_t stamp_at_;
  const size_t message_bytes_;
  std::string text_;
};

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_PEERS_PUBLISHER_H_
