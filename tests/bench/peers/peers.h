// The same work by what people would use instead: each measures one publisher and the load's
// subscribers with the server of that name, which it starts itself and ends again.
//
// Each returns what bench::Observe does, or {"skipped": "why"} when the server is not installed.
#ifndef RSCA_TESTS_BENCH_PEERS_PEERS_H_
#define RSCA_TESTS_BENCH_PEERS_PEERS_H_

#include <nlohmann/json.hpp>

#include "tests/bench/measure.h"

namespace rsca::bench {

nlohmann::json MeasureNats(const Load& load);          // core: no storage
nlohmann::json MeasureJetStream(const Load& load);     // file storage, its default sync interval
nlohmann::json MeasureRedisPubSub(const Load& load);   // pipelined PUBLISH
nlohmann::json MeasureEtcdWatch(const Load& load);     // Put and Watch
nlohmann::json MeasureSsh(const Load& load);           // `ssh host command`, a line a result
nlohmann::json MeasureTcp(const Load& load);           // a plain socket, the floor of latencies

// XADD into so many streams at once, `appendfsync always`, each read with XREAD by one reader.
nlohmann::json MeasureRedisStreams(const Load& load, int streams);

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_PEERS_PEERS_H_
