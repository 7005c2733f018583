#include "server/rpc/convert.h"

#include <gtest/gtest.h>

#include "common/status.h"

namespace rsca::rpc {
namespace {

constexpr StreamDefaults kDefaults = {absl::Seconds(15), absl::Seconds(30)};

TEST(Convert, KeepsTimesAndDurationsToTheNanosecond) {
  const auto timestamp = ToProto(absl::FromUnixNanos(-1));
  EXPECT_EQ(timestamp.seconds(), -1);
  EXPECT_EQ(timestamp.nanos(), 999'999'999);
  const auto duration = ToProto(absl::Milliseconds(-1500));
  EXPECT_EQ(duration.seconds(), -1);
  EXPECT_EQ(duration.nanos(), -500'000'000);
  EXPECT_EQ(*FromProto("f", duration), absl::Milliseconds(-1500));
}

TEST(Convert, RefusesDurationsThatProtobufDoesNotAllow) {
  google::protobuf::Duration duration;
  duration.set_seconds(1);
  duration.set_nanos(-1);
  EXPECT_FALSE(FromProto("detach_grace", duration).ok());
  duration.set_nanos(1'000'000'000);
  EXPECT_FALSE(FromProto("detach_grace", duration).ok());
  duration.set_nanos(0);
  duration.set_seconds(INT64_MIN);
  EXPECT_FALSE(FromProto("detach_grace", duration).ok());
}

TEST(StreamOptionsOf, TakesTheServersDefaults) {
  const auto options = StreamOptionsOf(v1::AttachCustomActionRequest(), kDefaults);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->max_results_per_message, 1U);
  EXPECT_EQ(options->heartbeat_interval, absl::Seconds(15));
  EXPECT_EQ(options->stall_timeout, absl::Seconds(30));
}

TEST(StreamOptionsOf, BoundsWhatAClientMayAskFor) {
  v1::RegisterCustomActionRequest request;
  request.set_max_results_per_message(1000);
  EXPECT_TRUE(StreamOptionsOf(request, kDefaults).ok());
  request.set_max_results_per_message(1001);
  EXPECT_FALSE(StreamOptionsOf(request, kDefaults).ok());
  request.set_max_results_per_message(1);
  request.mutable_heartbeat_interval()->set_nanos(999'999'999);
  EXPECT_FALSE(StreamOptionsOf(request, kDefaults).ok());
  request.mutable_heartbeat_interval()->set_seconds(1);
  EXPECT_TRUE(StreamOptionsOf(request, kDefaults).ok());
}

TEST(Pages, AcceptOnlyWhatThisServerGaveOut) {
  EXPECT_EQ(*ParsePageToken(""), 0U);
  EXPECT_EQ(*ParsePageToken("12"), 12U);
  EXPECT_FALSE(ParsePageToken("x").ok());
  EXPECT_FALSE(PageSize(-1).ok());
  EXPECT_EQ(*PageSize(5000), 1000U);
}

}  // namespace
}  // namespace rsca::rpc
