// What the RPCs work with. Made by the composition root; all of it outlives the service.
#ifndef RSCA_SERVER_RPC_SERVICE_CONTEXT_H_
#define RSCA_SERVER_RPC_SERVICE_CONTEXT_H_

#include <string>

#include "common/timers.h"
#include "server/actions/functions.h"
#include "server/actions/pools.h"
#include "server/actions/registry.h"
#include "server/delivery/pump.h"
#include "server/rpc/convert.h"
#include "server/rpc/wire_encoder.h"

namespace rsca::rpc {

struct ServiceContext {
  actions::Registry* registry = nullptr;
  const actions::Functions* functions = nullptr;
  const WireEncoder* encoder = nullptr;
  delivery::Pump* pump = nullptr;
  Timers* timers = nullptr;
  actions::Limits limits;
  StreamDefaults stream_defaults;
  actions::WorkerPools* pools = nullptr;
  std::string server_start;  // unique to this run of the server
};

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_SERVICE_CONTEXT_H_
