// Where the messages of a result stream come from: one RPC, or several that look like one.
#ifndef RSCA_CLIENT_CPP_RESULT_SOURCE_H_
#define RSCA_CLIENT_CPP_RESULT_SOURCE_H_

#include "absl/status/statusor.h"
#include "rsca/v1/result.pb.h"

namespace rsca::client::internal {

// For one thread at a time.
class ResultSource {
 public:
  virtual ~ResultSource() = default;

  // Blocks for the next message. False at the good end; `message` is then without meaning, as it
  // is after an error. Not to be called again after either.
  virtual absl::StatusOr<bool> Next(v1::ResultStreamResponse* message) = 0;
};

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_RESULT_SOURCE_H_
