// A registration whose worker is played by the test, and whose time stands still.
#ifndef RSCA_TESTS_UNIT_SERVER_ACTIONS_REGISTRATION_FIXTURE_H_
#define RSCA_TESTS_UNIT_SERVER_ACTIONS_REGISTRATION_FIXTURE_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/worker_protocol.h"
#include "server/actions/registration.h"
#include "tests/support/fake_timers.h"
#include "tests/unit/server/actions/fake_starter.h"

namespace rsca::actions {

class TextEncoder : public ResultEncoder {
 public:
  grpc::Slice EncodeResult(const NumberedResult& result) const override {
    return grpc::Slice(absl::StrCat(
        result.sequence, ":", result.response,
        result.outcome == nullptr ? "" : absl::StrCat("=", OutcomeName(result.outcome->kind))));
  }
  grpc::Slice EncodeResults(absl::Span<const NumberedResult> results,
                            std::vector<size_t>* ends) const override {
    std::string text;
    for (const NumberedResult& result : results) {
      absl::StrAppend(&text, result.sequence, ":", result.response);
      ends->push_back(text.size());
    }
    return grpc::Slice(text);
  }
  grpc::Slice EncodeInterruption(const NumberedInterruption& interruption) const override {
    return grpc::Slice(absl::StrCat(interruption.sequence, ":!", interruption.reason));
  }
};

class Listener : public journal::ReaderListener {
 public:
  void OnReadable() override { on_readable(); }
  std::function<void()> on_readable = [] {};
};

class RegistrationTest : public ::testing::Test, public RegistrationOwner {
 protected:
  RegistrationTest() {
    context_.limits.credit_bytes = 4000;
    context_.limits.window_bytes_per_registration = 20'000;
    context_.limits.window_bytes = 1 << 20;
    context_.limits.streams_per_registration = 2;
    context_.limits.detach_grace = absl::Seconds(10);
    context_.limits.register_timeout = absl::Seconds(30);
    context_.limits.unregister_timeout = absl::Seconds(40);
    context_.starter = &starter_;
    context_.timers = &timers_;
    context_.budget = &budget_;
    context_.encoder = &encoder_;
    context_.owner = this;
    Make(/*restartable=*/false);
  }

  void Make(bool restartable) {
    workers::Function function;
    function.name = "f";
    function.pool = "p";
    function.restartable = restartable;
    RegisterRequest request;
    request.function = "f";
    request.owner = "local";
    registration_ = *Registration::Make(&context_, request, function);
  }

  void OnEnded(const Registration& /*registration*/) override { ++ended_; }

  void OnOver(const std::shared_ptr<Registration>& /*registration*/, bool refused) override {
    ++over_;
    refused_ = refused;
  }

  void Begin() {
    registration_->WhenStarted([this](const absl::Status& status) { started_.push_back(status); });
    registration_->Begin();
  }

  void Unregister() {
    registration_->Unregister([](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
  }

  // Begun, accepted, with one stream.
  void BeginActive() {
    registration_->WhenStarted([this](const absl::Status& status) {
      ASSERT_TRUE(status.ok());
      attachment_ = *registration_->Attach(0, listener_);
    });
    registration_->Begin();
    starter_.listener->OnStarted();
  }

  std::vector<std::string> Read() {
    std::vector<grpc::Slice> slices;
    attachment_.reader->Read({1000, 1 << 20}, &slices);
    std::vector<std::string> texts;
    for (const grpc::Slice& slice : slices) {
      texts.emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return texts;
  }

  Outcome::Kind OutcomeKind() { return registration_->Info().outcome.value().kind; }

  FakeTimers timers_;
  FakeStarter starter_;
  TextEncoder encoder_;
  journal::WindowBudget budget_{1 << 20};
  RegistrationContext context_;
  std::shared_ptr<Listener> listener_ = std::make_shared<Listener>();
  std::shared_ptr<Registration> registration_;
  Attachment attachment_;
  std::vector<absl::Status> started_;
  int ended_ = 0;
  int over_ = 0;
  bool refused_ = false;
};

// Of a worker that was asked to shut down when the call came.
inline workers::Refusal Leaving() {
  workers::Refusal refusal;
  refusal.kind = workers::Refusal::Kind::kWorkerLeaving;
  refusal.hresult = kHrShuttingDown;
  refusal.message = "the worker is shutting down";
  return refusal;
}

}  // namespace rsca::actions

#endif  // RSCA_TESTS_UNIT_SERVER_ACTIONS_REGISTRATION_FIXTURE_H_
