// Begins each kind of stream. Errors and threads as Client says.
#ifndef RSCA_CLIENT_CPP_OPEN_STREAM_H_
#define RSCA_CLIENT_CPP_OPEN_STREAM_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cpp/connection.h"
#include "rsca/client/options.h"
#include "rsca/client/result_stream.h"

namespace rsca::client::internal {

using ConnectionPtr = std::shared_ptr<Connection>;

absl::StatusOr<ResultStream> OpenRegister(const ConnectionPtr& connection,
                                          absl::string_view function, absl::string_view arguments,
                                          const RegisterOptions& options);

absl::StatusOr<ResultStream> OpenAttach(const ConnectionPtr& connection, absl::string_view name,
                                        const StreamOptions& options);

absl::StatusOr<ResultStream> OpenUnregister(const ConnectionPtr& connection, absl::string_view name,
                                            const StreamOptions& options);

absl::StatusOr<ResultStream> OpenUnregisterFunction(const ConnectionPtr& connection,
                                                    absl::string_view function,
                                                    const StreamOptions& options);

}  // namespace rsca::client::internal

#endif  // RSCA_CLIENT_CPP_OPEN_STREAM_H_
