// Floods: what is acknowledged is not lost, and what is dropped is counted.
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/unit/server/managers/syslog/syslog_test.h"

namespace rsca {
namespace {

class SyslogFlood : public SyslogTest {
 protected:
  // Sends `<13>N` for all N from 0.
  static void SendNumbers(Client* client, int count, bool counted) {
    std::string bytes;
    for (int i = 0; i < count; ++i) {
      const std::string message = "<13>" + std::to_string(i);
      bytes += counted ? std::to_string(message.size()) + " " + message : message + "\n";
      if (bytes.size() > 60'000 || i + 1 == count) {
        ASSERT_TRUE(client->Send(bytes));
        bytes.clear();
      }
    }
  }

  // Messages of the results and, by their `dropped` records, messages that are missing.
  struct Account {
    uint64_t messages = 0;
    uint64_t dropped = 0;
    bool in_order = true;
  };

  // Of results that say all that there is about messages 0, 1, 2 … of one channel.
  static Account AccountFor(const Results& results) {
    Account account;
    for (const RecordedResult& result : results) {
      if (result.response.starts_with(R"({"event":"dropped")")) {
        EXPECT_EQ(result.status, S_FALSE);
        account.dropped += Json(result)["count"].get<uint64_t>();
      } else {
        EXPECT_EQ(result.status, S_OK);
        // Parsing a hundred thousand of them takes its time.
        const std::string end =
            R"("message":")" + std::to_string(account.messages + account.dropped) + R"("})";
        account.in_order = account.in_order && result.response.ends_with(end);
        ++account.messages;
      }
    }
    return account;
  }
};

TEST_F(SyslogFlood, OfTcpArrivesOnceAndInOrder) {
  constexpr int kCount = 100'000;
  Start(kTcp, 1);
  const RecorderPtr recorder = Follow(1);
  Client client = Client::Tcp(Port(1));
  SendNumbers(&client, kCount, true);
  client.Close();
  EXPECT_TRUE(WaitForCount(recorder, kCount));
  const Account account = AccountFor(recorder->results());
  EXPECT_EQ(account.messages, static_cast<uint64_t>(kCount));
  EXPECT_EQ(account.dropped, 0u);
  EXPECT_TRUE(account.in_order);
  EXPECT_TRUE(support::Eventually([&] { return ChannelStats(1)["delivered"] == kCount; }));
}

TEST_F(SyslogFlood, OfManyTcpSendersArrivesInEachOnesOrder) {
  constexpr int kSenders = 8;
  constexpr int kCount = 2'000;
  Start(kTcp, 1);
  const RecorderPtr recorder = Follow(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < kSenders; ++i) {
    threads.emplace_back(
        [i, client = Client::Tcp(Port(1))]() mutable { SendNumbers(&client, kCount, i % 2 == 0); });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::string, int> next;
  for (const auto& json : WaitForResults(recorder, kSenders * kCount)) {
    EXPECT_EQ(json["message"], std::to_string(next[json["peer"]]++));
  }
  EXPECT_EQ(next.size(), static_cast<size_t>(kSenders));
}

TEST_F(SyslogFlood, OfAUnixSocketArrivesOnceAndInOrder) {
  constexpr int kCount = 20'000;
  const std::string path = dir_.File("log");
  Start(kUnix, 1, R"({"path": ")" + path + R"("})");
  const RecorderPtr recorder = Follow(1);
  Client client = Client::Unix(path);
  for (int i = 0; i < kCount; ++i) ASSERT_TRUE(client.Send("<13>" + std::to_string(i)));
  EXPECT_TRUE(WaitForCount(recorder, kCount));
  const Account account = AccountFor(recorder->results());
  EXPECT_EQ(account.messages, static_cast<uint64_t>(kCount));
  EXPECT_TRUE(account.in_order);
}

// Packets that the host dropped before any socket saw them.
uint64_t SoftnetDrops() {
  std::ifstream file("/proc/net/softnet_stat");
  uint64_t drops = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string processed;
    std::string dropped;
    fields >> processed >> dropped;
    drops += std::stoull(dropped, nullptr, 16);
  }
  return drops;
}

TEST_F(SyslogFlood, OfUdpIsDeliveredOrCounted) {
  constexpr uint64_t kCount = 30'000;
  Start(kUdp, 1, R"({"address": "127.0.0.1:0", "receive_buffer_bytes": 4096})");
  const RecorderPtr recorder = Follow(1);
  const uint64_t softnet_before = SoftnetDrops();
  Client client = Client::Udp(Port(1));
  const OnOneCpu in_order;
  for (uint64_t i = 0; i < kCount; ++i) ASSERT_TRUE(client.Send("<13>" + std::to_string(i)));
  uint64_t counted = 0;
  const auto count = [&](const nlohmann::json& stats) {
    counted = stats["received"].get<uint64_t>() + stats["dropped"]["kernel"].get<uint64_t>();
    return counted + (SoftnetDrops() - softnet_before) >= kCount;
  };
  ASSERT_TRUE(support::Eventually([&] { return count(ChannelStats(1)); })) << ChannelStats(1);
  EXPECT_LE(counted, kCount);
  const nlohmann::json stats = ChannelStats(1);
  EXPECT_GT(stats["dropped"]["kernel"], 0) << "no flood after all";
  ASSERT_EQ(plugin().Unregister(1), S_OK);
  const Account account = AccountFor(recorder->results());
  EXPECT_EQ(account.messages + account.dropped, counted);
  EXPECT_EQ(account.messages + stats["dropped"]["followers"].get<uint64_t>(), stats["received"]);
  EXPECT_TRUE(account.in_order || counted < kCount) << "each gap stands where it belongs";
}

TEST_F(SyslogFlood, DoesNotStopForAFollowerThatDoesNotRead) {
  constexpr int kCount = 40'000;
  Start(kTcp, 1);
  const RecorderPtr slow = Follow(1);
  const RecorderPtr quick = Follow(2);
  slow->Hold();
  Client client = Client::Tcp(Port(1));
  SendNumbers(&client, kCount, false);
  ASSERT_TRUE(WaitForCount(quick, kCount));
  const Account whole = AccountFor(quick->results());
  EXPECT_EQ(whole.messages, static_cast<uint64_t>(kCount));
  EXPECT_TRUE(whole.in_order);
  const nlohmann::json stats = ChannelStats(1);
  EXPECT_GT(stats["dropped"]["followers"], 0);
  slow->Resume();
  ASSERT_EQ(plugin().Unregister(1), S_OK);
  const Account account = AccountFor(slow->results());
  EXPECT_EQ(account.messages + account.dropped, static_cast<uint64_t>(kCount));
  EXPECT_EQ(account.dropped, stats["dropped"]["followers"]);
  EXPECT_TRUE(account.in_order) << "the gap stands where it belongs";
}

TEST_F(SyslogFlood, OfGarbageIsTakenAsItIs) {
  Start(kTcp, 1);
  Start(kUdp, 2);
  const RecorderPtr recorder = Follow(1);
  std::string bytes(50'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i * 31 + i / 251);
  Client tcp = Client::Tcp(Port(1));
  Client udp = Client::Udp(Port(2));
  for (int i = 0; i < 20; ++i) {
    tcp.Send(bytes);
    udp.Send(bytes.substr(static_cast<size_t>(i) * 100, 1'000));
  }
  tcp.Send("\n<13>after all that\n");
  ASSERT_TRUE(recorder->WaitFor([](const Results& all) {
    return !all.empty() && all.back().response.find("after all that") != std::string::npos;
  }));
  for (const RecordedResult& result : recorder->results()) {
    EXPECT_TRUE(Json(result).is_object());
  }
}

}  // namespace
}  // namespace rsca
