// What the tests of durable registrations share.
#ifndef RSCA_TESTS_INTEGRATION_DURABLE_REQUESTS_H_
#define RSCA_TESTS_INTEGRATION_DURABLE_REQUESTS_H_

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "rsca/v1/custom_actions.pb.h"
#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/eventually.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {

// Results without end.
inline constexpr char kEndless[] = R"({"interval_ms": 1})";

inline constexpr char kRequestId[] = "5e0f1c1a-3f0e-4d5e-9d0a-0d3c9a6b1f77";

// A server with the counters. The tests kill processes and not hosts, so nothing has to be synced.
inline Config Durably(const std::vector<Manager>& managers = {"counter"}) {
  return Config()
      .Pool("default", managers, {{"restart_backoff_min", "10ms"}})
      .Set("journal.sync", "off");
}

inline v1::RegisterCustomActionRequest DurableRequest(
    const std::string& function, const std::string& arguments,
    std::optional<std::chrono::milliseconds> ttl = std::nullopt) {
  v1::RegisterCustomActionRequest request;
  request.set_function(function);
  request.set_arguments(arguments);
  request.set_durable(true);
  request.set_max_results_per_message(100);
  if (ttl.has_value()) {
    request.mutable_ttl()->set_seconds(ttl->count() / 1000);
    request.mutable_ttl()->set_nanos(static_cast<int32_t>(ttl->count() % 1000 * 1'000'000));
  }
  return request;
}

// From the first result on, or after a sequence, with many results in a message.
inline ResultStream AttachAfter(v1::CustomActions::Stub* stub, const std::string& name,
                                std::uint64_t after) {
  v1::AttachCustomActionRequest request;
  request.set_name(name);
  request.set_after_sequence(after);
  request.set_max_results_per_message(100);
  return ResultStream::Attach(stub, request);
}

// Ends the stream as a client that goes away, and waits until the server has seen it.
inline void Leave(const RscadProcess& server, ResultStream* stream) {
  stream->Cancel();
  stream->Finish();
  const std::string name = stream->name();
  EXPECT_TRUE(Eventually(
      [&] { return GetRegistration(server.stub(), name).response.stream_count() == 0; }));
}

// Kills the server and starts it again.
inline void KillAndRestart(RscadProcess* server) {
  server->Kill();
  ASSERT_TRUE(server->Wait().has_value());
  server->Restart();
}

// Stops the server as an administrator does and starts it again.
inline void StopAndRestart(RscadProcess* server) {
  server->Terminate();
  ASSERT_EQ(server->Wait(), ExitStatus{});
  server->Restart();
}

// Reads to the next interruption. The results before it go on with `count`, the counter's last
// number.
inline v1::Interruption ReadToInterruption(ResultStream* stream, std::uint64_t count) {
  while (const std::optional<v1::ResultStreamResponse> message = stream->Next()) {
    if (message->has_interruption()) return message->interruption();
    for (const v1::Result& result : message->results()) {
      EXPECT_FALSE(result.final()) << result.ShortDebugString();
      // A counter that is shut down says so.
      if (result.response() == absl::StrCat("count=", count)) continue;
      EXPECT_EQ(result.response(), absl::StrCat(++count));
    }
  }
  ADD_FAILURE() << "the stream ended: " << Describe(stream->Finish());
  return {};
}

}  // namespace rsca::support

#endif  // RSCA_TESTS_INTEGRATION_DURABLE_REQUESTS_H_
