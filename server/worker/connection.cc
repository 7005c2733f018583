#include "server/worker/connection.h"

#include <grpcpp/create_channel_posix.h>
#include <grpcpp/support/channel_arguments.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/worker_protocol.h"
#include "server/worker/control_link.h"

namespace rsca::worker {

absl::StatusOr<UniqueFd> ConnectToServer(const std::string& target) {
  absl::string_view path = target;
  sockaddr_un address = {};
  if (!absl::ConsumePrefix(&path, "unix:") || path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat("no path of a unix socket: `", target, "`"));
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return absl::ErrnoToStatus(errno, "socket");
  while (connect(fd.Get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    if (errno != EINTR) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot connect to the server at ", target));
    }
  }
  return fd;
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, UniqueFd connection) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  return grpc::CreateCustomInsecureChannelFromFd(target, connection.Release(), arguments);
}

v1::Hello MakeHello(const v1::Bootstrap& bootstrap) {
  v1::Hello hello;
  hello.set_protocol_version(kWorkerProtocolVersion);
  hello.set_worker(bootstrap.worker());
  hello.set_secret(bootstrap.secret());
  hello.set_pid(getpid());
  return hello;
}

void TellNotConfined(const v1::Bootstrap& bootstrap, UniqueFd connection, const std::string& why) {
  const auto stub = v1::WorkerLink::NewStub(MakeChannel(bootstrap.target(), std::move(connection)));
  ControlLink link(stub.get());
  v1::Hello hello = MakeHello(bootstrap);
  hello.set_not_confined(why);
  link.Open(hello).IgnoreError();  // it is always refused
}

}  // namespace rsca::worker
