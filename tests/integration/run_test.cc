// RunCustomAction: one question, one answer.
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::HasSubstr;

constexpr int32_t kEFail = static_cast<int32_t>(0x80004005);

TEST(Run, BringsTheAnswerBack) {
  RscadProcess server(Config().Pool("default", {"echo"}));
  for (const char* function : {"echo", "echo.later"}) {
    const auto answer = RunAction(server.stub(), function, "a question");
    EXPECT_THAT(answer.status, IsOk());
    EXPECT_EQ(answer.response.response(), "a question");
    EXPECT_EQ(answer.response.hr_status(), 0);
    EXPECT_EQ(answer.response.response_content_type(), "text/plain");
  }
  EXPECT_EQ(RunAction(server.stub(), "echo").response.response(), "");
}

TEST(Run, BringsEveryCharacterThroughWideTextAndBack) {
  RscadProcess server(Config().Pool("default", {"echo"}));
  const std::string text = "ä\u00df\u4e2d\U0001F600\U0010FFFF";
  EXPECT_EQ(RunAction(server.stub(), "echo", text).response.response(), text);
  const std::wstring wide = L"ä\u00df\u4e2d\U0001F600\U0010FFFF";
  const std::string bytes(reinterpret_cast<const char*>(wide.data()),
                          wide.size() * sizeof(wchar_t));
  EXPECT_EQ(RunAction(server.stub(), "echo.wide", text).response.response(), bytes);
}

TEST(Run, OfAnActionThatFailsIsOkWithItsHresult) {
  RscadProcess server(Config().Pool("default", {"echo"}));
  const auto answer = RunAction(server.stub(), "echo.failing", "why");
  EXPECT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.response.hr_status(), kEFail);
  EXPECT_EQ(answer.response.response(), "why");
}

TEST(Run, WithoutAnAnswerIsAbortedWhenThePluginDropsTheCallback) {
  RscadProcess server(Config().Pool("default", {"answers_badly"}));
  EXPECT_THAT(RunAction(server.stub(), "answers_badly.drop").status,
              IsError(absl::StatusCode::kAborted, "NO_RESPONSE"));
}

TEST(Run, TakesTheFirstOfTwoAnswers) {
  RscadProcess server(Config().Pool("default", {"answers_badly"}));
  EXPECT_EQ(RunAction(server.stub(), "answers_badly.twice").response.response(), "first");
}

TEST(Run, EndsWithTheDeadlineOfTheClient) {
  RscadProcess server(Config().Pool("default", {"answers_badly", "echo"}));
  const auto answer =
      RunAction(server.stub(), "answers_badly.never", "", std::chrono::milliseconds(200));
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(RunAction(server.stub(), "echo").status, IsOk());
}

TEST(Run, EndsWithTheDeadlineOfTheServerIfTheClientHasNone) {
  RscadProcess server(Config().Pool("default", {"answers_badly"}).Set("timeouts.run", "200ms"));
  v1::RunCustomActionRequest request;
  request.set_function("answers_badly.never");
  v1::RunCustomActionResponse response;
  grpc::ClientContext context;
  EXPECT_THAT(server.stub()->RunCustomAction(&context, request, &response),
              IsError(absl::StatusCode::kDeadlineExceeded, "PLUGIN_TIMEOUT"));
}

TEST(Run, EndsWhenTheClientCancels) {
  RscadProcess server(Config().Pool("default", {"hangs_in_register", "echo"}));
  const std::string release = server.dir().File("release");
  v1::RunCustomActionRequest request;
  request.set_function("hangs_in_register.run");
  request.set_arguments(release);
  v1::RunCustomActionResponse response;
  grpc::ClientContext context;
  std::thread cancel([&] {
    EXPECT_TRUE(Eventually([&] { return ReadFile(release + ".log") == "run\n"; }));
    context.TryCancel();
  });
  EXPECT_EQ(server.stub()->RunCustomAction(&context, request, &response).error_code(),
            grpc::StatusCode::CANCELLED);
  cancel.join();
  WriteFile(release, "go");  // the answer comes now, to nobody
  EXPECT_THAT(RunAction(server.stub(), "echo").status, IsOk());
}

TEST(Run, ManyAtOnceEachGetTheirOwnAnswer) {
  RscadProcess server(Config().Pool("default", {"echo"}));
  std::vector<std::thread> clients;
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([&server, client] {
      for (int i = 0; i < 50; ++i) {
        const std::string text = std::to_string(client * 1000 + i);
        EXPECT_EQ(
            RunAction(server.stub(), i % 2 == 0 ? "echo" : "echo.later", text).response.response(),
            text);
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST(Run, AndRegisterSayWhichOfThemCallsAFunction) {
  RscadProcess server(Config().Pool("default", {"echo", "counter"}));
  const grpc::Status many = RunAction(server.stub(), "counter", "{}").status;
  EXPECT_THAT(many, IsError(absl::StatusCode::kFailedPrecondition, "ANSWERS_MANY"));
  EXPECT_THAT(many.error_message(), HasSubstr("RegisterCustomAction"));
  const grpc::Status once = ResultStream::Register(server.stub(), "echo").Finish();
  EXPECT_THAT(once, IsError(absl::StatusCode::kFailedPrecondition, "ANSWERS_ONCE"));
  EXPECT_THAT(once.error_message(), HasSubstr("RunCustomAction"));
}

}  // namespace
}  // namespace rsca::support
