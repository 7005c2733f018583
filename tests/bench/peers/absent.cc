// In the place of peers whose client library was not there when this was built.
#include "tests/bench/peers/peers.h"

namespace rsca::bench {

#ifdef RSCA_BENCH_WITHOUT_NATS
nlohmann::json MeasureJetStream(const Load&) {
  return {{"skipped", "built without NATS's library (libnats-dev)"}};
}
#endif

#ifdef RSCA_BENCH_WITHOUT_HIREDIS
nlohmann::json MeasureRedisPubSub(const Load&) {
  return {{"skipped", "built without Redis's library (libhiredis-dev)"}};
}

nlohmann::json MeasureRedisStreams(const Load&, int) {
  return {{"skipped", "built without Redis's library (libhiredis-dev)"}};
}
#endif

}  // namespace rsca::bench
