// Plug-ins that know registrations by name only: one live registration for each function name,
// which equal ones share.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/calls.h"
#include "tests/support/errors.h"
#include "tests/support/result_stream.h"
#include "tests/support/rscad_process.h"

namespace rsca::support {
namespace {

using testing::ElementsAre;
using v1::Outcome;

std::string Calls(const RscadProcess& server) {
  return RunAction(server.stub(), "plain.calls").response.response();
}

// What the plug-in got back from ReportResult, a line for each of its registrations.
std::string Tick(const RscadProcess& server, const std::string& text) {
  return RunAction(server.stub(), "plain.tick", text).response.response();
}

TEST(APlainPlugin, RunsByTheFunctionsOfTheConfiguration) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  ResultStream stream = ResultStream::Register(server.stub(), "plain.ticks", "anything at all");
  ASSERT_FALSE(stream.name().empty());
  EXPECT_EQ(Tick(server, "one"), "0x00000000\n");
  EXPECT_EQ(Tick(server, "end"), "0x00000000\n");
  EXPECT_THAT(Responses(stream.ReadAll()), ElementsAre("one", "end"));
  EXPECT_EQ(Calls(server), "register plain.ticks anything at all\n");
}

TEST(APlainPlugin, IsRegisteredOnceForEqualRegistrations) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  ResultStream first = ResultStream::Register(server.stub(), "plain.ticks", "same");
  ASSERT_FALSE(first.name().empty());
  EXPECT_EQ(Tick(server, "one"), "0x00000000\n");
  ResultStream second = ResultStream::Register(server.stub(), "plain.ticks", "same");
  ASSERT_FALSE(second.name().empty());
  EXPECT_NE(second.name(), first.name()) << "each is a registration of its own";
  EXPECT_EQ(Tick(server, "two"), "0x00000000\n");
  EXPECT_EQ(Calls(server), "register plain.ticks same\n");

  const v1::Result last = ResultStream::Unregister(server.stub(), first.name()).ReadFinal();
  EXPECT_EQ(last.outcome().kind(), Outcome::KIND_UNREGISTERED);
  EXPECT_EQ(Calls(server), "register plain.ticks same\n") << "the other still uses it";
  EXPECT_EQ(Tick(server, "three"), "0x00000000\n");

  ResultStream::Unregister(server.stub(), second.name()).ReadFinal();
  EXPECT_EQ(Calls(server), "register plain.ticks same\nunregister plain.ticks\n");
  EXPECT_THAT(Responses(first.ReadAll()), ElementsAre("one", "two", ""));
  EXPECT_THAT(Responses(second.ReadAll()), ElementsAre("two", "three", ""));
}

TEST(APlainPlugin, EndsAllThatShareWithItsFinalResult) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  ResultStream first = ResultStream::Register(server.stub(), "plain.ticks", "same");
  ResultStream second = ResultStream::Register(server.stub(), "plain.ticks", "same");
  ASSERT_FALSE(first.name().empty());
  ASSERT_FALSE(second.name().empty());
  Tick(server, "end");
  for (ResultStream* stream : {&first, &second}) {
    EXPECT_EQ(stream->ReadFinal().outcome().kind(), Outcome::KIND_COMPLETED);
  }
}

TEST(APlainPlugin, RefusesOtherArgumentsWhileItIsRegistered) {
  RscadProcess server(Config().Pool("default", {Plain()}));
  ResultStream first = ResultStream::Register(server.stub(), "plain.ticks", "these");
  ASSERT_FALSE(first.name().empty());
  const grpc::Status refused =
      ResultStream::Register(server.stub(), "plain.ticks", "others").Finish();
  EXPECT_THAT(refused, IsError(absl::StatusCode::kAlreadyExists, "PLUGIN_REFUSED"));
  EXPECT_EQ(Metadata(refused, "hresult"), "0x800700b7");

  ResultStream news = ResultStream::Register(server.stub(), "plain.news", "others");
  EXPECT_FALSE(news.name().empty()) << "another name is another matter";
  ResultStream::Unregister(server.stub(), first.name()).ReadFinal();
  ResultStream again = ResultStream::Register(server.stub(), "plain.ticks", "others");
  EXPECT_FALSE(again.name().empty()) << "the name is free again";
  EXPECT_EQ(Calls(server),
            "register plain.ticks these\nregister plain.news others\n"
            "unregister plain.ticks\nregister plain.ticks others\n");
}

TEST(APlainPlugin, GoesOnForOneReaderWhenAnotherGoesAway) {
  RscadProcess server(Config().Pool("default", {Plain()}).Set("delivery.detach_grace", "100ms"));
  ResultStream first = ResultStream::Register(server.stub(), "plain.ticks", "same");
  ResultStream second = ResultStream::Register(server.stub(), "plain.ticks", "same");
  const std::string gone = first.name();
  ASSERT_FALSE(second.name().empty());
  first.Cancel();
  EXPECT_EQ(WaitForEnd(server.stub(), gone).outcome().kind(), Outcome::KIND_CANCELLED);
  EXPECT_EQ(Tick(server, "still here"), "0x00000000\n");
  EXPECT_THAT(Responses(second.ReadResults(1)), ElementsAre("still here"));
}

TEST(APluginWithRegistrationsByNumber, HoldsEqualOnesApart) {
  RscadProcess server(Config().Pool("default", {"counter"}));
  ResultStream first = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 5})");
  ResultStream second = ResultStream::Register(server.stub(), "counter", R"({"interval_ms": 5})");
  first.ReadResults(5);
  EXPECT_EQ(second.ReadResults(1)[0].response(), "1") << "it has a count of its own";
  ResultStream::Unregister(server.stub(), first.name()).ReadFinal();
  second.ReadResults(5);
}

}  // namespace
}  // namespace rsca::support
