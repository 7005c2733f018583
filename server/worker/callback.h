// The callback objects that plug-ins hold. Each leads to a conversation and dies with its last
// reference, however long after the end that is.
#ifndef RSCA_SERVER_WORKER_CALLBACK_H_
#define RSCA_SERVER_WORKER_CALLBACK_H_

#include <rsca/wpf_ptr.h>
#include <rsca/wpframework.h>

#include <memory>

#include "server/worker/conversation.h"

namespace rsca::worker {

// For a registration: any number of results.
WpfPtr<ICustomAction2ResultCallback> MakeRegistrationCallback(
    std::shared_ptr<Conversation> conversation);

// For a run: its one result is the final one.
WpfPtr<ICustomActionResultCallback> MakeRunCallback(std::shared_ptr<Conversation> conversation);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_CALLBACK_H_
