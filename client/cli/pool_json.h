// Pools, workers and their events as JSON for programs; the rules of resource_json.h hold.
#ifndef RSCA_CLIENT_CLI_POOL_JSON_H_
#define RSCA_CLIENT_CLI_POOL_JSON_H_

#include <string>

#include "rsca/v1/registration.pb.h"
#include "rsca/v1/worker_pool.pb.h"

namespace rsca::cli {

std::string ToJson(const v1::WorkerPool& pool);
std::string ToJson(const v1::Worker& worker);
std::string ToJson(const v1::WorkerProcessEvent& event);
std::string ToJson(const v1::WorkerExit& exit);

// `held_back`.
std::string StateWord(v1::WorkerPool::State state);
std::string StateWord(v1::Worker::State state);

// `worker_ended`.
std::string KindWord(v1::WorkerProcessEvent::Kind kind);

// `ping_missed`.
std::string ReasonWord(v1::WorkerExit::Reason reason);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_POOL_JSON_H_
