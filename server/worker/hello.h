// What a worker says to its server first.
#ifndef RSCA_SERVER_WORKER_HELLO_H_
#define RSCA_SERVER_WORKER_HELLO_H_

#include <string>

#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

v1::Hello MakeHello();

// Says, over the control socket that it takes over, why the worker will not serve. Returns when the
// server has heard it, or cannot any more.
void TellNotConfined(const v1::Bootstrap& bootstrap, const std::string& why);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_HELLO_H_
