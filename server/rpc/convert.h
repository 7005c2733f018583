// Between the public proto and the domain.
#ifndef RSCA_SERVER_RPC_CONVERT_H_
#define RSCA_SERVER_RPC_CONVERT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rsca/v1/custom_actions.pb.h"
#include "rsca/v1/listener_channels.pb.h"
#include "rsca/v1/worker_processes.pb.h"
#include "server/actions/types.h"
#include "server/delivery/stream.h"

namespace rsca::rpc {

google::protobuf::Timestamp ToProto(absl::Time time);
google::protobuf::Duration ToProto(absl::Duration duration);
v1::Outcome ToProto(const actions::Outcome& outcome);
v1::Registration ToProto(const actions::RegistrationInfo& info);
v1::CustomAction ToProto(const actions::Function& function);

// What the server does for a client that does not say, and the most that it does for one that does.
struct StreamDefaults {
  absl::Duration heartbeat_interval;
  absl::Duration stall_timeout;
};

// INVALID_ARGUMENT for a value that protobuf does not allow.
absl::StatusOr<absl::Duration> FromProto(absl::string_view field,
                                         const google::protobuf::Duration& duration);

// How often an idle stream gives a sign of life, of a request with `heartbeat_interval`.
template <typename Request>
absl::StatusOr<absl::Duration> HeartbeatIntervalOf(const Request& request,
                                                   const StreamDefaults& defaults);

// The stream options that all three streaming requests have.
template <typename Request>
absl::StatusOr<delivery::StreamOptions> StreamOptionsOf(const Request& request,
                                                        const StreamDefaults& defaults);

// A page token is a number that this server gave out. An empty one is 0.
absl::StatusOr<uint64_t> ParsePageToken(const std::string& token);

// Entries in one page for what the client asked.
absl::StatusOr<size_t> PageSize(int32_t requested);

// A page of a list.
struct Page {
  uint64_t from = 0;  // what its token says
  size_t size = 0;
};

// Of a request with `page_token` and `page_size`.
template <typename Request>
absl::StatusOr<Page> PageOf(const Request& request) {
  const auto from = ParsePageToken(request.page_token());
  if (!from.ok()) return from.status();
  const auto size = PageSize(request.page_size());
  if (!size.ok()) return size.status();
  return Page{*from, *size};
}

}  // namespace rsca::rpc

#endif  // RSCA_SERVER_RPC_CONVERT_H_
