#include "server/workers/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/report_frame.h"
#include "common/socket_io.h"
#include "common/unique_fd.h"

namespace rsca::workers {
namespace {

using testing::ElementsAre;
using testing::Pair;

worker::v1::ControlResponse Ping(uint64_t number) {
  worker::v1::ControlResponse message;
  message.mutable_ping()->set_number(number);
  return message;
}

TEST(ControlOutbox, GivesMessagesInOrder) {
  ControlOutbox outbox;
  outbox.Push(Ping(1));
  outbox.Push(Ping(2));
  worker::v1::ControlResponse message;
  ASSERT_TRUE(outbox.Pop(&message));
  EXPECT_EQ(message.ping().number(), 1U);
  ASSERT_TRUE(outbox.Pop(&message));
  EXPECT_EQ(message.ping().number(), 2U);
}

TEST(ControlOutbox, WakesWhoeverWaitsWhenItCloses) {
  ControlOutbox outbox;
  std::thread waiter([&outbox] {
    worker::v1::ControlResponse message;
    EXPECT_FALSE(outbox.Pop(&message));
  });
  outbox.Close();
  waiter.join();
  outbox.Push(Ping(1));
  worker::v1::ControlResponse message;
  EXPECT_FALSE(outbox.Pop(&message));
}

TEST(ControlOutbox, KeepsTheNewestRefusalOfAChannelInThePlaceOfItsFirst) {
  ControlOutbox outbox;
  outbox.Push(Ping(1));
  outbox.RefuseReports(7, -1);
  outbox.Push(Ping(2));
  outbox.RefuseReports(8, -2);
  outbox.RefuseReports(7, 0);
  outbox.RefuseReports(7, -3);
  worker::v1::ControlResponse message;
  ASSERT_TRUE(outbox.Pop(&message));
  EXPECT_EQ(message.ping().number(), 1U);
  ASSERT_TRUE(outbox.Pop(&message));
  EXPECT_EQ(message.refuse_reports().channel(), 7U);
  EXPECT_EQ(message.refuse_reports().hresult(), -3);
  ASSERT_TRUE(outbox.Pop(&message));
  EXPECT_EQ(message.ping().number(), 2U);
  ASSERT_TRUE(outbox.Pop(&message));
  EXPECT_EQ(message.refuse_reports().channel(), 8U);
  EXPECT_EQ(message.refuse_reports().hresult(), -2);
}

TEST(ControlOutbox, SendsARefusalAnewOnceTheLastWasTaken) {
  ControlOutbox outbox;
  worker::v1::ControlResponse message;
  for (const int32_t hresult : {-1, 0, -2}) {
    outbox.RefuseReports(7, hresult);
    ASSERT_TRUE(outbox.Pop(&message));
    ASSERT_TRUE(message.has_refuse_reports());
    EXPECT_EQ(message.refuse_reports().hresult(), hresult);
  }
  outbox.RefuseReports(7, -1);
  outbox.Close();
  outbox.RefuseReports(7, -1);
  outbox.RefuseReports(8, -1);
  EXPECT_FALSE(outbox.Pop(&message));
}

TEST(ControlOutbox, ARefusalWakesWhoeverWaits) {
  ControlOutbox outbox;
  std::thread waiter([&outbox] {
    worker::v1::ControlResponse message;
    EXPECT_TRUE(outbox.Pop(&message));
    EXPECT_EQ(message.refuse_reports().channel(), 7U);
  });
  outbox.RefuseReports(7, -1);
  waiter.join();
}

std::vector<std::pair<uint64_t, uint64_t>> Credits(absl::string_view bytes) {
  std::vector<std::pair<uint64_t, uint64_t>> credits;
  CreditFrame credit;
  while (ConsumeCredit(&bytes, &credit)) credits.emplace_back(credit.channel, credit.bytes);
  EXPECT_TRUE(bytes.empty());
  return credits;
}

TEST(CreditOutbox, KeepsCreditsUntilThereIsASocketOrAThreadThatSendsThem) {
  CreditOutbox outbox;
  outbox.Add(7, 10);
  outbox.Add(8, 1);
  std::string bytes;
  ASSERT_TRUE(outbox.Pop(&bytes));
  EXPECT_THAT(Credits(bytes), ElementsAre(Pair(7, 10), Pair(8, 1)));
  outbox.Add(7, 1);
  ASSERT_TRUE(outbox.Pop(&bytes));
  EXPECT_THAT(Credits(bytes), ElementsAre(Pair(7, 1)));
}

TEST(CreditOutbox, SendsAtOnceWhatTheSocketTakesAndLeavesTheRestToTheThread) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  CreditOutbox outbox;
  outbox.Open(ours.Get());
  // The process does not read. More than any socket holds.
  constexpr uint64_t kCount = 100'000;
  for (uint64_t i = 0; i < kCount; ++i) outbox.Add(1, i);
  std::thread sender([&] {
    std::string bytes;
    while (outbox.Pop(&bytes) && SendAll(ours.Get(), bytes)) {
    }
  });
  SocketReader reader(theirs.Get());
  uint64_t next = 0;
  while (next < kCount && reader.ReadMore()) {
    absl::string_view bytes = reader.bytes();
    CreditFrame credit;
    while (ConsumeCredit(&bytes, &credit)) ASSERT_EQ(credit.bytes, next++) << "in order";
    reader.Keep(bytes);
  }
  outbox.Close();
  sender.join();
}

TEST(CreditOutbox, WakesWhoeverWaitsWhenItCloses) {
  CreditOutbox outbox;
  std::thread waiter([&outbox] {
    std::string bytes;
    EXPECT_FALSE(outbox.Pop(&bytes));
  });
  outbox.Close();
  waiter.join();
}

}  // namespace
}  // namespace rsca::workers
