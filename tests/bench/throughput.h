// Loads on our road and on the baseline: how many results come, how old they are, what they cost.
#ifndef RSCA_TESTS_BENCH_THROUGHPUT_H_
#define RSCA_TESTS_BENCH_THROUGHPUT_H_

#include <nlohmann/json.hpp>
#include <string>

#include "tests/bench/load_server.h"
#include "tests/bench/measure.h"

namespace rsca::bench {

// How results are read.
enum class Client {
  kQueue,    // bench::Receiver: as a load generator would
  kLibrary,  // rsca::client, as a user's program would; one subscriber, our road only
};

struct RoadLoad {
  Load load;
  Transport transport = Transport::kUnix;
  std::string sync;       // of the journal, and the registrations are durable; empty: attached
  int registrations = 1;  // that publish at once, each to the load's subscribers
  int idle = 0;           // further ones, open, that publish nothing
  Client client = Client::kQueue;
};

// What Observe returns, and of durable ones `results_per_commit`.
nlohmann::json MeasureRoad(const RoadLoad& road);

nlohmann::json MeasureRaw(const Load& load, Transport transport);

// Latencies of the first results after a pause: `bursts` times three results at once.
nlohmann::json MeasureRoadBursts(double pause_seconds, int bursts);
nlohmann::json MeasureRawBursts(double pause_seconds, int bursts);

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_THROUGHPUT_H_
