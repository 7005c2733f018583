// Pools and their workers, for the RPCs that look after them: rpc knows them by these names.
#ifndef RSCA_SERVER_ACTIONS_POOLS_H_
#define RSCA_SERVER_ACTIONS_POOLS_H_

#include "server/workers/listener_channels.h"
#include "server/workers/pool_errors.h"
#include "server/workers/pool_info.h"
#include "server/workers/preloads.h"
#include "server/workers/worker_pools.h"

namespace rsca::actions {

using workers::DescribeExit;
using workers::ListenerNotFound;
using workers::WorkerNotFound;
using ApplicationInfo = workers::ApplicationInfo;
using ExitReason = workers::ExitReason;
using ListenerInfo = workers::ListenerInfo;
using ListenerObserver = workers::ListenerObserver;
using ListenerRequest = workers::ListenerRequest;
using ListenerState = workers::ListenerState;
using PoolEvent = workers::PoolEvent;
using PoolEvents = workers::PoolEvents;
using PoolInfo = workers::PoolInfo;
using PoolState = workers::PoolState;
using PreloadState = workers::PreloadState;
using WorkerEnd = workers::WorkerEnd;
using WorkerExit = workers::WorkerExit;
using WorkerInfo = workers::WorkerInfo;
using WorkerPools = workers::WorkerPools;
using WorkerState = workers::WorkerState;

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_POOLS_H_
