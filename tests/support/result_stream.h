// A stream of results as a client sees it. Every message is checked against the rules of the stream
// (protos/rsca/v1/result.proto): `registered` first, one field a message, every sequence one above
// the last, one final result with an outcome and nothing after it, OK if and only if it came. What
// breaks a rule is a test failure.
#ifndef RSCA_TESTS_SUPPORT_RESULT_STREAM_H_
#define RSCA_TESTS_SUPPORT_RESULT_STREAM_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rsca/v1/custom_actions.grpc.pb.h"

namespace rsca::support {

// Used by one thread, except for Cancel.
class ResultStream {
 public:
  using Reader = std::unique_ptr<grpc::ClientReader<v1::ResultStreamResponse>>;

  static ResultStream Register(v1::CustomActions::Stub* stub,
                               const v1::RegisterCustomActionRequest& request);
  static ResultStream Register(v1::CustomActions::Stub* stub, const std::string& function,
                               const std::string& arguments = "");
  static ResultStream Attach(v1::CustomActions::Stub* stub,
                             const v1::AttachCustomActionRequest& request);
  static ResultStream Attach(v1::CustomActions::Stub* stub, const std::string& name,
                             std::optional<std::uint64_t> after_sequence = std::nullopt);
  static ResultStream Unregister(v1::CustomActions::Stub* stub,
                                 const v1::UnregisterCustomActionRequest& request);
  static ResultStream Unregister(v1::CustomActions::Stub* stub, const std::string& name);

  // The next message, or nothing at the end of the stream.
  std::optional<v1::ResultStreamResponse> Next();

  // The registration that the first message carries. Reads it if it has not been read. Of a refused
  // call: empty.
  const v1::Registration& registered();
  const std::string& name() { return registered().name(); }

  // The next result, past what is none; nothing at the end of the stream.
  std::optional<v1::Result> NextResult();

  // So many results, or fewer at the end of the stream.
  std::vector<v1::Result> ReadResults(std::size_t count);

  // All that follow.
  std::vector<v1::Result> ReadAll();

  // Reads on to the final result; a test failure and an empty one if the stream ends before.
  v1::Result ReadFinal();

  // Reads to the end; the status of the call.
  grpc::Status Finish();

  // The sequence of the last result or interruption; where a client would attach again.
  std::uint64_t last_sequence() const { return last_sequence_; }
  std::size_t message_count() const { return message_count_; }

  // Ends the call from this side, as a client that goes away. Thread-safe.
  void Cancel() { context_->TryCancel(); }

 private:
  ResultStream();

  void Check(const v1::ResultStreamResponse& message);
  void CheckSequence(std::uint64_t sequence);

  std::unique_ptr<grpc::ClientContext> context_;
  Reader reader_;
  std::size_t max_results_ = 1;
  bool several_ = false;                         // several registrations, one after the other
  std::optional<std::uint64_t> first_expected_;  // where known from the request
  std::optional<v1::Registration> registered_;
  std::vector<v1::Result> waiting_;  // results of the last message, not yet asked for
  std::uint64_t last_sequence_ = 0;
  std::size_t message_count_ = 0;
  bool final_seen_ = false;
  std::optional<grpc::Status> status_;
};

// The responses, in order.
std::vector<std::string> Responses(const std::vector<v1::Result>& results);

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_RESULT_STREAM_H_
