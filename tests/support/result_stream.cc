#include "tests/support/result_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/support/errors.h"
#include "tests/support/eventually.h"

namespace rsca::support {

ResultStream::ResultStream() : context_(std::make_unique<grpc::ClientContext>()) {
  // A failure bound: no stream of a test lives as long.
  context_->set_deadline(std::chrono::system_clock::now() + 2 * kFailureBound);
}

ResultStream ResultStream::Register(v1::CustomActions::Stub* stub,
                                    const v1::RegisterCustomActionRequest& request) {
  ResultStream stream;
  stream.max_results_ = std::max(1u, request.max_results_per_message());
  if (request.has_after_sequence()) {
    stream.first_expected_ = request.after_sequence() + 1;
  } else if (request.request_id().empty()) {
    stream.first_expected_ = 1;
  }
  stream.reader_ = stub->RegisterCustomAction(stream.context_.get(), request);
  return stream;
}

ResultStream ResultStream::Register(v1::CustomActions::Stub* stub, const std::string& function,
                                    const std::string& arguments) {
  v1::RegisterCustomActionRequest request;
  request.set_function(function);
  request.set_arguments(arguments);
  return Register(stub, request);
}

ResultStream ResultStream::Attach(v1::CustomActions::Stub* stub,
                                  const v1::AttachCustomActionRequest& request) {
  ResultStream stream;
  stream.max_results_ = std::max(1u, request.max_results_per_message());
  if (request.has_after_sequence()) stream.first_expected_ = request.after_sequence() + 1;
  stream.reader_ = stub->AttachCustomAction(stream.context_.get(), request);
  return stream;
}

ResultStream ResultStream::Attach(v1::CustomActions::Stub* stub, const std::string& name,
                                  std::optional<std::uint64_t> after_sequence) {
  v1::AttachCustomActionRequest request;
  request.set_name(name);
  if (after_sequence) request.set_after_sequence(*after_sequence);
  return Attach(stub, request);
}

ResultStream ResultStream::Unregister(v1::CustomActions::Stub* stub,
                                      const v1::UnregisterCustomActionRequest& request) {
  ResultStream stream;
  stream.max_results_ = std::max(1u, request.max_results_per_message());
  stream.several_ = request.has_function();
  if (request.has_after_sequence()) stream.first_expected_ = request.after_sequence() + 1;
  stream.reader_ = stub->UnregisterCustomAction(stream.context_.get(), request);
  return stream;
}

ResultStream ResultStream::Unregister(v1::CustomActions::Stub* stub, const std::string& name) {
  v1::UnregisterCustomActionRequest request;
  request.set_name(name);
  return Unregister(stub, request);
}

std::optional<v1::ResultStreamResponse> ResultStream::Next() {
  v1::ResultStreamResponse message;
  if (!waiting_.empty()) {
    message.mutable_results()->Assign(waiting_.begin(), waiting_.end());
    waiting_.clear();
    return message;
  }
  if (status_) return std::nullopt;
  if (reader_->Read(&message)) {
    ++message_count_;
    Check(message);
    return message;
  }
  status_ = reader_->Finish();
  if (!several_) {
    EXPECT_EQ(status_->ok(), final_seen_)
        << "OK if and only if the final result came: " << Describe(*status_);
  }
  return std::nullopt;
}

void ResultStream::Check(const v1::ResultStreamResponse& message) {
  const int fields = (message.has_registered() ? 1 : 0) + (message.results_size() > 0 ? 1 : 0) +
                     (message.has_heartbeat() ? 1 : 0) + (message.has_interruption() ? 1 : 0);
  EXPECT_EQ(fields, 1) << message.ShortDebugString();
  if (message.has_registered()) {
    EXPECT_TRUE(!registered_ || (several_ && final_seen_)) << "`registered` comes first, and once";
    registered_ = message.registered();
    final_seen_ = false;
    last_sequence_ = 0;
    return;
  }
  EXPECT_TRUE(registered_) << "`registered` comes first: " << message.ShortDebugString();
  EXPECT_FALSE(final_seen_) << "nothing comes after the final result";
  EXPECT_LE(static_cast<std::size_t>(message.results_size()), max_results_);
  if (message.has_interruption()) CheckSequence(message.interruption().sequence());
  if (message.has_heartbeat() && last_sequence_ > 0) {
    EXPECT_EQ(message.heartbeat().last_sequence(), last_sequence_)
        << "an idle stream has nothing outstanding";
  }
  for (const v1::Result& result : message.results()) {
    EXPECT_FALSE(final_seen_) << "nothing comes after the final result";
    CheckSequence(result.sequence());
    EXPECT_EQ(result.final(), result.has_outcome()) << result.ShortDebugString();
    EXPECT_TRUE(result.has_report_time());
    final_seen_ = result.final();
  }
}

void ResultStream::CheckSequence(std::uint64_t sequence) {
  if (last_sequence_ > 0) {
    EXPECT_EQ(sequence, last_sequence_ + 1) << "a gap";
  } else if (first_expected_ && !several_) {
    EXPECT_EQ(sequence, *first_expected_) << "the first result";
  }
  EXPECT_GT(sequence, 0u);
  last_sequence_ = sequence;
}

const v1::Registration& ResultStream::registered() {
  static const auto& none = *new v1::Registration;
  if (!registered_ && !status_) Next();
  return registered_ ? *registered_ : none;
}

std::optional<v1::Result> ResultStream::NextResult() {
  while (waiting_.empty()) {
    const std::optional<v1::ResultStreamResponse> message = Next();
    if (!message) return std::nullopt;
    waiting_.assign(message->results().begin(), message->results().end());
  }
  v1::Result result = std::move(waiting_.front());
  waiting_.erase(waiting_.begin());
  return result;
}

std::vector<v1::Result> ResultStream::ReadResults(std::size_t count) {
  std::vector<v1::Result> results;
  while (results.size() < count) {
    std::optional<v1::Result> result = NextResult();
    if (!result) break;
    results.push_back(std::move(*result));
  }
  return results;
}

std::vector<v1::Result> ResultStream::ReadAll() {
  std::vector<v1::Result> results;
  while (std::optional<v1::Result> result = NextResult()) results.push_back(std::move(*result));
  return results;
}

v1::Result ResultStream::ReadFinal() {
  while (std::optional<v1::Result> result = NextResult()) {
    if (result->final()) return *result;
  }
  ADD_FAILURE() << "the stream ended without a final result: " << Describe(Finish());
  return {};
}

grpc::Status ResultStream::Finish() {
  while (Next()) {
  }
  return *status_;
}

std::vector<std::string> Responses(const std::vector<v1::Result>& results) {
  std::vector<std::string> responses;
  responses.reserve(results.size());
  for (const v1::Result& result : results) responses.push_back(result.response());
  return responses;
}

}  // namespace rsca::support
