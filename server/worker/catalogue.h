// Finds out what functions a plug-in has, trusting nothing that it says.
#ifndef RSCA_SERVER_WORKER_CATALOGUE_H_
#define RSCA_SERVER_WORKER_CATALOGUE_H_

#include <string>
#include <string_view>
#include <vector>

#include "rsca/worker/v1/worker_link.pb.h"
#include "server/worker/protocol_manager.h"

namespace rsca::worker {

// From the plug-in's catalogue, else from its configuration. Says in `refused` what is wrong with
// functions that are left out. Names may occur twice, schemas are not looked at.
std::vector<v1::FunctionInfo> ReadFunctions(const v1::ProtocolManager& config,
                                            ProtocolManager* manager,
                                            std::vector<std::string>* refused);

// 1 to 256 characters of `[A-Za-z0-9_.\-/]`.
bool IsFunctionName(std::string_view name);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_CATALOGUE_H_
