// The same work by what people would use instead: each measures one publisher and the load's
// subscribers with the server of that name, which it starts itself and ends again. A message of
// theirs carries one result, whatever the load's `batch` says.
//
// Each returns what bench::Observe does, or {"skipped": "why"} when the server, or the library that
// speaks to it, is not installed. Throws std::runtime_error when it fails, and when a subscriber
// does not get every result that was published.
#ifndef RSCA_TESTS_BENCH_PEERS_PEERS_H_
#define RSCA_TESTS_BENCH_PEERS_PEERS_H_

#include <nlohmann/json.hpp>

#include "tests/bench/measure.h"

namespace rsca::bench {

nlohmann::json MeasureNats(const Load& load);         // core: no storage
nlohmann::json MeasureJetStream(const Load& load);    // file storage, its default sync interval
nlohmann::json MeasureRedisPubSub(const Load& load);  // pipelined PUBLISH
nlohmann::json MeasureEtcdWatch(const Load& load);    // Put and Watch
nlohmann::json MeasureSsh(const Load& load);          // `ssh host command`, a line a result
nlohmann::json MeasureTcp(const Load& load);          // a plain socket, the floor of latencies

// XADD into so many streams at once, `appendfsync always`, each read with XREAD by one reader,
// whatever the load's `subscribers` says.
nlohmann::json MeasureRedisStreams(const Load& load, int streams);

// Latencies over a plain socket after a pause: `bursts` times three results of 64 bytes at once.
nlohmann::json MeasureTcpBursts(double pause_seconds, int bursts);

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_PEERS_PEERS_H_
