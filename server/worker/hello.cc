#include "server/worker/hello.h"

#include "common/unique_fd.h"
#include "common/worker_protocol.h"
#include "server/worker/control_link.h"

namespace rsca::worker {

v1::Hello MakeHello() {
  v1::Hello hello;
  hello.set_protocol_version(kWorkerProtocolVersion);
  return hello;
}

void TellNotConfined(const v1::Bootstrap& bootstrap, const std::string& why) {
  ControlLink link(UniqueFd(bootstrap.control_descriptor()));
  v1::Hello hello = MakeHello();
  hello.set_not_confined(why);
  link.Open(hello).IgnoreError();  // it is always refused
}

}  // namespace rsca::worker
