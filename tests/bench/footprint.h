// What rsca costs beside throughput: memory of what is idle, setting up, starting, system calls.
#ifndef RSCA_TESTS_BENCH_FOOTPRINT_H_
#define RSCA_TESTS_BENCH_FOOTPRINT_H_

#include <nlohmann/json.hpp>

namespace rsca::bench {

// Memory (PSS) that each of so many idle attached registrations takes, with its open stream:
//   {"server_bytes_per_registration": …, "worker_bytes_per_registration": …,
//    "client_bytes_per_registration": …}
nlohmann::json MeasureMemory(int registrations);

// The same of the baseline's idle streams: {"server_bytes_per_stream": …,
// "client_bytes_per_stream": …}
nlohmann::json MeasureRawMemory(int streams);

// Setting registrations up, many at a time and one after the other on an open channel:
//   {"registrations_per_second": …, "first_result_us": {"p50": …}}
nlohmann::json MeasureSetup(double seconds);

// From starting rscad to the first answer of a client: {"start_ms": …, "memory_bytes": …}
nlohmann::json MeasureStart();

// System calls for each result, under strace, which makes everything slower:
//   {"calls_per_result": {"server": …, "worker": …}}
nlohmann::json MeasureSystemCalls(int batch, double seconds);

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_FOOTPRINT_H_
