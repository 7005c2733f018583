// What a server says about itself: its actions and its registrations.
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using v1::CustomAction;

std::vector<std::string> Functions(const std::vector<CustomAction>& actions) {
  std::vector<std::string> functions;
  for (const CustomAction& action : actions) functions.push_back(action.function());
  return functions;
}

TEST(Actions, AreListedByNameFromAllPoolsPageByPage) {
  RscadProcess server(Config().Pool("a", {"counter", Plain()}).Pool("b", {"echo"}));
  for (const int page_size : {0, 1, 3, 1000}) {
    EXPECT_THAT(
        Functions(ListCustomActions(server.stub(), page_size)),
        ElementsAre("counter", "echo", "echo.failing", "echo.later", "echo.wide", "plain.calls",
                    "plain.news", "plain.tick", "plain.ticks", "restartable_counter"));
  }
}

TEST(Actions, OfTheBuiltInProtocolManagersAreThereWithoutConfiguration) {
  RscadProcess server;
  const std::vector<CustomAction> actions = ListCustomActions(server.stub());
  EXPECT_THAT(Functions(actions),
              ElementsAre("file.read", "file.tail", "file.watch", "host.info", "host.metrics",
                          "process.exec", "process.list", "process.watch"));
  for (const CustomAction& action : actions) {
    EXPECT_FALSE(action.summary().empty()) << action.function();
    EXPECT_FALSE(action.arguments_schema().empty()) << action.function();
    EXPECT_FALSE(action.response_content_type().empty()) << action.function();
    EXPECT_NE(action.answers(), CustomAction::ANSWERS_UNSPECIFIED) << action.function();
  }
}

TEST(Actions, SayWhatTheirCatalogueSays) {
  RscadProcess server(Config().Pool("counting", {"counter"}));
  const auto answer = GetCustomAction(server.stub(), "counter");
  ASSERT_THAT(answer.status, IsOk());
  EXPECT_EQ(answer.response.name(), "customActions/counter");
  EXPECT_EQ(answer.response.function(), "counter");
  EXPECT_EQ(answer.response.answers(), CustomAction::ANSWERS_MANY);
  EXPECT_EQ(answer.response.pool(), "counting");
  EXPECT_EQ(answer.response.protocol_manager(), "counter");
  EXPECT_EQ(answer.response.response_content_type(), "text/plain");
  EXPECT_THAT(answer.response.arguments_schema(), HasSubstr("\"interval_ms\""));
  EXPECT_EQ(answer.response.unavailable_reason(), "");
}

TEST(Actions, ThatDoNotExistAreNotFound) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  EXPECT_THAT(GetCustomAction(server.stub(), "nosuch").status,
              IsError(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND"));
}

TEST(Registrations, AreListedOldestFirstPageByPageWithThoseThatEnded) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  std::vector<ResultStream> streams;
  std::vector<std::string> names;
  for (int i = 0; i < 7; ++i) {
    streams.push_back(ResultStream::Register(
        server.stub(), "counter", i % 2 == 0 ? R"({"count": 1})" : R"({"interval_ms": 10})"));
    names.push_back(streams.back().name());
    if (i % 2 == 0) streams.back().ReadFinal();
  }
  for (const int page_size : {0, 1, 2, 7}) {
    std::vector<std::string> listed;
    for (const v1::Registration& registration : ListRegistrations(server.stub(), page_size)) {
      listed.push_back(registration.name());
    }
    EXPECT_EQ(listed, names);
  }
}

TEST(Pages, RefuseWhatIsNoPage) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  v1::ListCustomActionsRequest actions;
  actions.set_page_token("no token of yours");
  v1::ListCustomActionsResponse actions_response;
  grpc::ClientContext first;
  grpc::Status status = server.stub()->ListCustomActions(&first, actions, &actions_response);
  EXPECT_THAT(status, IsError(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  EXPECT_THAT(FieldViolations(status), ElementsAre("page_token"));

  v1::ListRegistrationsRequest registrations;
  registrations.set_page_size(-1);
  v1::ListRegistrationsResponse registrations_response;
  grpc::ClientContext second;
  status = server.stub()->ListRegistrations(&second, registrations, &registrations_response);
  EXPECT_THAT(status, IsError(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  EXPECT_THAT(FieldViolations(status), ElementsAre("page_size"));
}

}  // namespace
}  // namespace rsca::support
