// The baseline's server: bench.proto's Raw on one async completion queue, writes hinted as our own
// streams hint them, nothing else. The best that gRPC does with one message a result.
#ifndef RSCA_TESTS_BENCH_RAW_SERVER_H_
#define RSCA_TESTS_BENCH_RAW_SERVER_H_

#include <string>

namespace rsca::bench {

// Serves until its parent ends; prints `serving ADDRESS` once it does. With a certificate: TLS.
int RunRawServer(const std::string& address, const std::string& certificate_file,
                 const std::string& key_file);

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_RAW_SERVER_H_
