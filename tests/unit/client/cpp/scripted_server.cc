#include "tests/unit/client/cpp/scripted_server.h"

#include <grpc/grpc.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/eventually.h"

namespace rsca {

void ScriptedStream::Registered(uint64_t last_sequence, uint64_t first_sequence,
                                const std::string& name) {
  v1::ResultStreamResponse message;
  message.mutable_registered()->set_name(name);
  message.mutable_registered()->set_state(v1::Registration::STATE_ACTIVE);
  message.mutable_registered()->set_first_sequence(first_sequence);
  message.mutable_registered()->set_last_sequence(last_sequence);
  Write(message);
}

void ScriptedStream::RegisteredEnded(uint64_t last_sequence) {
  v1::ResultStreamResponse message;
  message.mutable_registered()->set_name(kName);
  message.mutable_registered()->set_state(v1::Registration::STATE_ENDED);
  message.mutable_registered()->set_first_sequence(last_sequence);
  message.mutable_registered()->set_last_sequence(last_sequence);
  message.mutable_registered()->mutable_outcome()->set_kind(v1::Outcome::KIND_FAILED);
  Write(message);
}

void ScriptedStream::Results(std::initializer_list<uint64_t> sequences) {
  v1::ResultStreamResponse message;
  for (const uint64_t sequence : sequences) {
    v1::Result* result = message.add_results();
    result->set_sequence(sequence);
    result->set_response(absl::StrCat("result ", sequence));
  }
  Write(message);
}

void ScriptedStream::Final(uint64_t sequence, v1::Outcome::Kind kind) {
  v1::ResultStreamResponse message;
  v1::Result* result = message.add_results();
  result->set_sequence(sequence);
  result->set_final(true);
  result->mutable_outcome()->set_kind(kind);
  Write(message);
}

void ScriptedStream::Interruption(uint64_t sequence) {
  v1::ResultStreamResponse message;
  message.mutable_interruption()->set_sequence(sequence);
  Write(message);
}

void ScriptedStream::Heartbeat(uint64_t last_sequence) {
  v1::ResultStreamResponse message;
  message.mutable_heartbeat()->set_last_sequence(last_sequence);
  Write(message);
}

void ScriptedStream::WaitUntilLeft() const {
  EXPECT_TRUE(support::Eventually([this] { return context_->IsCancelled(); }));
}

ScriptedServer::ScriptedServer() {
  // Never given back: whoever lets go of gRPC last waits for its backup poller, which looks up only
  // every 10 s when a write has been held back.
  grpc_init();
  Start();
}

ScriptedServer::~ScriptedServer() {
  Stop();
  MutexLock lock(&mutex_);
  EXPECT_TRUE(scripts_.empty()) << "the client made too few calls";
}

void ScriptedServer::Then(Script script) {
  MutexLock lock(&mutex_);
  scripts_.push_back(std::move(script));
}

std::vector<SeenCall> ScriptedServer::calls() {
  MutexLock lock(&mutex_);
  return calls_;
}

void ScriptedServer::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
}

void ScriptedServer::Start() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  ASSERT_NE(server_, nullptr);
}

grpc::Status ScriptedServer::Play(SeenCall call, grpc::ServerContext* context,
                                  grpc::ServerWriter<v1::ResultStreamResponse>* writer) {
  Script script;
  {
    MutexLock lock(&mutex_);
    calls_.push_back(std::move(call));
    if (!scripts_.empty()) {
      script = std::move(scripts_.front());
      scripts_.pop_front();
    }
  }
  if (script == nullptr) {
    ADD_FAILURE() << "a call that no script foresees";
    return {grpc::StatusCode::FAILED_PRECONDITION, "no script"};
  }
  ScriptedStream stream(context, writer);
  return script(stream);
}

grpc::Status ScriptedServer::RegisterCustomAction(
    grpc::ServerContext* context, const v1::RegisterCustomActionRequest* request,
    grpc::ServerWriter<v1::ResultStreamResponse>* writer) {
  SeenCall call{"Register", request->function(), std::nullopt, request->request_id()};
  if (request->has_after_sequence()) call.after = request->after_sequence();
  return Play(std::move(call), context, writer);
}

grpc::Status ScriptedServer::AttachCustomAction(
    grpc::ServerContext* context, const v1::AttachCustomActionRequest* request,
    grpc::ServerWriter<v1::ResultStreamResponse>* writer) {
  SeenCall call{"Attach", request->name(), std::nullopt, ""};
  if (request->has_after_sequence()) call.after = request->after_sequence();
  return Play(std::move(call), context, writer);
}

grpc::Status ScriptedServer::UnregisterCustomAction(
    grpc::ServerContext* context, const v1::UnregisterCustomActionRequest* request,
    grpc::ServerWriter<v1::ResultStreamResponse>* writer) {
  SeenCall call{"Unregister", request->name() + request->function(), std::nullopt, ""};
  if (request->has_after_sequence()) call.after = request->after_sequence();
  return Play(std::move(call), context, writer);
}

}  // namespace rsca
