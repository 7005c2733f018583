// What the measurements of our road have in common: requests, and registrations that are waited
// for.
#ifndef RSCA_TESTS_BENCH_ROAD_CLIENT_H_
#define RSCA_TESTS_BENCH_ROAD_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "rsca/v1/custom_actions.grpc.pb.h"
#include "tests/bench/load_server.h"
#include "tests/bench/measure.h"
#include "tests/bench/receiver.h"

namespace rsca::bench {

using ChannelPtr = std::shared_ptr<grpc::Channel>;

// Arguments of bench.publish.
std::string PublishArguments(const Load& load);

v1::RegisterCustomActionRequest MakeRequest(const std::string& function,
                                            const std::string& arguments, int batch);

// Opens the stream on the receiver.
void Register(Receiver* receiver, const ChannelPtr& channel,
              const v1::RegisterCustomActionRequest& request,
              std::function<void(const std::string& name)> on_registered);
void Attach(Receiver* receiver, const ChannelPtr& channel, const std::string& name, int batch);

// Registers many at once, a hundred or so to a connection, and waits until all are registered;
// their names. Throws when one is refused.
std::vector<std::string> RegisterMany(Receiver* receiver, const RoadServer& server, int count,
                                      const v1::RegisterCustomActionRequest& request);

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_ROAD_CLIENT_H_
