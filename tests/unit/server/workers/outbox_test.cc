#include "server/workers/outbox.h"

#include <gtest/gtest.h>

#include <thread>

namespace rsca::workers {
namespace {

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

TEST(CreditOutbox, AddsUpTheCreditsOfAChannel) {
  CreditOutbox outbox;
  outbox.Add(7, 10);
  outbox.Add(8, 1);
  outbox.Add(7, 5);
  worker::v1::ResultsResponse message;
  ASSERT_TRUE(outbox.Pop(&message));
  ASSERT_EQ(message.credits_size(), 2);
  uint64_t of_seven = 0;
  for (const auto& credit : message.credits()) {
    if (credit.channel() == 7) of_seven = credit.bytes();
  }
  EXPECT_EQ(of_seven, 15U);
  outbox.Add(7, 1);
  ASSERT_TRUE(outbox.Pop(&message));
  EXPECT_EQ(message.credits(0).bytes(), 1U);
}

TEST(CreditOutbox, WakesWhoeverWaitsWhenItCloses) {
  CreditOutbox outbox;
  std::thread waiter([&outbox] {
    worker::v1::ResultsResponse message;
    EXPECT_FALSE(outbox.Pop(&message));
  });
  outbox.Close();
  waiter.join();
}

}  // namespace
}  // namespace rsca::workers
