#include "server/rpc/stream_set.h"

#include <gtest/gtest.h>

#include "common/status.h"

namespace rsca::rpc {
namespace {

class Stream final : public OpenStream {
 public:
  void End(const absl::Status& status) override { end = status; }
  absl::Status end;
};

TEST(StreamSet, HasRoomForSoMany) {
  ThreadTimers timers;
  StreamSet streams(2, &timers);
  const auto first = std::make_shared<Stream>();
  const auto second = std::make_shared<Stream>();
  const auto third = std::make_shared<Stream>();
  EXPECT_TRUE(streams.Add(first).ok());
  EXPECT_TRUE(streams.Add(second).ok());
  EXPECT_EQ(ErrorReason(streams.Add(third)), "LIMIT_EXCEEDED");
  streams.Remove(third.get());  // never added
  EXPECT_EQ(ErrorReason(streams.Add(third)), "LIMIT_EXCEEDED");
  streams.Remove(first.get());
  EXPECT_TRUE(streams.Add(third).ok());
}

TEST(StreamSet, EndsAllStreamsWhenTheServerDrainsAndTakesNoMore) {
  ThreadTimers timers;
  StreamSet streams(10, &timers);
  const auto open = std::make_shared<Stream>();
  ASSERT_TRUE(streams.Add(open).ok());
  streams.Drain();
  EXPECT_EQ(ErrorReason(open->end), "SERVER_DRAINING");
  EXPECT_TRUE(absl::IsUnavailable(open->end));
  EXPECT_EQ(ErrorReason(streams.Add(std::make_shared<Stream>())), "SERVER_DRAINING");
}

TEST(StreamSet, WaitsUntilTheLastHasGone) {
  ThreadTimers timers;
  StreamSet streams(10, &timers);
  EXPECT_TRUE(streams.WaitUntilEmpty(absl::ZeroDuration()));
  const auto open = std::make_shared<Stream>();
  ASSERT_TRUE(streams.Add(open).ok());
  EXPECT_FALSE(streams.WaitUntilEmpty(absl::ZeroDuration()));
  std::thread leaves([&] { streams.Remove(open.get()); });
  EXPECT_TRUE(streams.WaitUntilEmpty(absl::Minutes(1)));
  leaves.join();
}

}  // namespace
}  // namespace rsca::rpc
