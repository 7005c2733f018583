// The commands. Each connects, does its work and returns the exit status.
#ifndef RSCA_CLIENT_CLI_COMMANDS_H_
#define RSCA_CLIENT_CLI_COMMANDS_H_

#include "client/cli/session.h"

namespace rsca::cli {

int ListActions(Session* session);         // actions
int DescribeAction(Session* session);      // describe
int RunAction(Session* session);           // run
int RegisterAction(Session* session);      // register
int AttachRegistration(Session* session);  // attach
int PrintResults(Session* session);        // results
int Unregister(Session* session);          // unregister
int ShowRegistrations(Session* session);   // registrations
int CheckHealth(Session* session);         // health

int ListPools(Session* session);    // pool list
int ShowPool(Session* session);     // pool show
int StartPool(Session* session);    // pool start
int StopPool(Session* session);     // pool stop
int RecyclePool(Session* session);  // pool recycle
int WatchPools(Session* session);   // pool watch

int ListWorkers(Session* session);    // worker list
int ShowWorker(Session* session);     // worker show
int RecycleWorker(Session* session);  // worker recycle

int ListChannels(Session* session);  // channel list
int StartChannel(Session* session);  // channel start
int StopChannel(Session* session);   // channel stop

int ListApplications(Session* session);    // app list
int PreloadApplication(Session* session);  // app preload

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_COMMANDS_H_
