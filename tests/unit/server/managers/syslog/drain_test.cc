// What becomes of messages that are under way when followers cannot keep up or a channel is
// stopped. On the manager's parts: here the test decides when a follower reads.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "server/managers/syslog/channels.h"
#include "server/managers/syslog/event_loop.h"
#include "server/managers/syslog/hub.h"
#include "server/managers/syslog/loop_health.h"
#include "tests/support/eventually.h"
#include "tests/support/listener_channel_recorder.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/server/managers/syslog/syslog_clients.h"

namespace rsca::managers::syslog {
namespace {

constexpr char kAnyPort[] = R"({"address": "127.0.0.1:0"})";

class Drain : public testing::Test {
 protected:
  Drain()
      : hub_(HubLimits{.queue = {.messages = 10, .hold = absl::InfiniteDuration()}},
             [this] { loop_.Wake(); }),
        loop_([this] { return hub_.HeldFor(); }),
        channels_(&loop_, &hub_) {}
  ~Drain() override {
    if (queue_) hub_.Leave(queue_);
    channels_.Shutdown(true);
    loop_.Stop();
  }

  void Follow() {
    Failure failure{S_OK, ""};
    queue_ = hub_.Follow(Filter::Make(nlohmann::json::object(), &failure), 0);
  }

  ListenerChannelPtr Start(PCWSTR protocol, const std::string& blob) {
    ListenerChannelPtr channel = MakeListenerChannel(1, blob);
    EXPECT_EQ(channels_.Start(protocol, channel.Get()), S_OK);
    EXPECT_TRUE(channel->WaitForStarted());
    return channel;
  }

  uint16_t Port() {
    const std::string address = channels_.Current().at(0).address;
    return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

  // Reads so many messages, which must be `first`, `first` + 1, and so on.
  void ReadNumbers(int first, int count) {
    for (int i = first; i < first + count; ++i) {
      const std::optional<QueueEntry> entry = queue_->Next();
      ASSERT_TRUE(entry && entry->record) << i;
      ASSERT_EQ(entry->record->message.text, std::to_string(i));
    }
  }

  // Sends `<13>N` for all N from `first` until the kernel takes no more; how many it took.
  static int SendUntilBlocked(Client* client) {
    fcntl(client->fd(), F_SETFL, O_NONBLOCK);
    // The receiver may still be reading: only what stays blocked is.
    int sent = 0;
    for (int refused = 0; refused < 20;) {
      const std::string message = "<13>" + std::to_string(sent) + "\n";
      const ssize_t size = send(client->fd(), message.data(), message.size(), MSG_NOSIGNAL);
      if (size == static_cast<ssize_t>(message.size())) {
        ++sent;
        refused = 0;
      } else {
        EXPECT_LT(size, 0) << "a part of a message was taken";
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ++refused;
      }
    }
    return sent;
  }

  support::TempDir dir_;
  Hub hub_;
  EventLoop loop_;
  Channels channels_;
  std::shared_ptr<FollowerQueue> queue_;
};

TEST_F(Drain, MakesUnixSendersWaitForFollowers) {
  Follow();
  const std::string path = dir_.File("log");
  const ListenerChannelPtr channel = Start(L"syslog.unix", R"({"path": ")" + path + R"("})");
  Client client = Client::Unix(path);
  const int sent = SendUntilBlocked(&client);
  EXPECT_GE(sent, 10);
  EXPECT_EQ(channel->messages(), 10u) << "it reads no more than the queue has room for";
  ReadNumbers(0, sent);
  EXPECT_TRUE(client.Send("<13>" + std::to_string(sent)));
  ReadNumbers(sent, 1);
  EXPECT_EQ(queue_->state().dropped, 0u);
}

TEST_F(Drain, MakesTcpSendersWaitForFollowers) {
  Follow();
  const ListenerChannelPtr channel =
      Start(L"syslog.tcp", R"({"address": "127.0.0.1:0", "receive_buffer_bytes": 8192})");
  Client client = Client::Tcp(Port());
  const int bytes = 8192;
  setsockopt(client.fd(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
  std::atomic<bool> done = false;
  constexpr int kCount = 100'000;
  std::thread sender([&] {
    std::string text;
    for (int i = 0; i < kCount; ++i) text += "<13>" + std::to_string(i) + "\n";
    EXPECT_TRUE(client.Send(text));
    done = true;
  });
  ASSERT_TRUE(channel->WaitForMessages(10));
  // Far more than queue, buffers and one read can hold is still to be sent.
  EXPECT_FALSE(done);
  EXPECT_EQ(channel->messages(), 10u);
  ReadNumbers(0, kCount);
  sender.join();
  EXPECT_EQ(queue_->state().dropped, 0u);
}

TEST_F(Drain, ReadsWhatTheKernelOfATcpChannelHas) {
  Follow();
  const ListenerChannelPtr channel = Start(L"syslog.tcp", kAnyPort);
  Client client = Client::Tcp(Port());
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "<13>" + std::to_string(i) + "\n";
  ASSERT_TRUE(client.Send(text + "<13>1000"));
  client.WaitForAcknowledgement();
  ASSERT_TRUE(channel->WaitForMessages(10));
  ASSERT_EQ(channels_.Stop(L"syslog.tcp", channel.Get(), false), S_OK);
  EXPECT_EQ(channels_.Stop(L"syslog.tcp", channel.Get(), false), S_FALSE);
  EXPECT_FALSE(channel->stopped()) << "followers still have to read";
  ReadNumbers(0, 1000);
  const std::optional<QueueEntry> last = queue_->Next();
  ASSERT_TRUE(last && last->record);
  EXPECT_EQ(last->record->message.text, "1000");
  EXPECT_NE(last->record->json.find("\"truncated\":true"), std::string::npos);
  EXPECT_EQ(channel->WaitForStopped(), S_OK);
  EXPECT_TRUE(client.WaitForEnd());
}

TEST_F(Drain, AcceptsTcpConnectionsThatWaitInTheBacklog) {
  const ListenerChannelPtr channel =
      Start(L"syslog.tcp", R"({"address": "127.0.0.1:0", "max_connections": 1})");
  Client first = Client::Tcp(Port());
  ASSERT_TRUE(first.Send("<13>a\n"));
  ASSERT_TRUE(channel->WaitForMessages(1));
  Client second = Client::Tcp(Port());
  ASSERT_TRUE(second.Send("<13>b\n"));
  second.WaitForAcknowledgement();
  second.Close();
  ASSERT_EQ(channels_.Stop(L"syslog.tcp", channel.Get(), false), S_OK);
  EXPECT_EQ(channel->WaitForStopped(), S_OK);
  EXPECT_EQ(channel->messages(), 2u);
}

TEST_F(Drain, ReadsWhatTheKernelOfAUnixChannelHasAndTakesNoMore) {
  Follow();
  const std::string path = dir_.File("log");
  const ListenerChannelPtr channel = Start(L"syslog.unix", R"({"path": ")" + path + R"("})");
  Client client = Client::Unix(path);
  const int sent = SendUntilBlocked(&client);
  ASSERT_EQ(channels_.Stop(L"syslog.unix", channel.Get(), false), S_OK);
  ReadNumbers(0, sent);
  EXPECT_EQ(channel->WaitForStopped(), S_OK);
  EXPECT_EQ(channel->messages(), static_cast<uint64_t>(sent));
  EXPECT_FALSE(client.Send("<13>late"));
}

TEST_F(Drain, ReadsWhatTheKernelOfAUdpChannelHas) {
  const ListenerChannelPtr channel = Start(L"syslog.udp", kAnyPort);
  Client client = Client::Udp(Port());
  channel->Hold();  // the loop is busy with the first one
  const OnOneCpu in_order;
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(client.Send("<13>" + std::to_string(i)));
  in_order.WaitForArrival();
  ASSERT_TRUE(channel->WaitForMessages(1));
  ASSERT_EQ(channels_.Stop(L"syslog.udp", channel.Get(), false), S_OK);
  channel->Resume();
  EXPECT_EQ(channel->WaitForStopped(), S_OK);
  const std::shared_ptr<Counters> counters = channels_.Former().back().counters;
  EXPECT_EQ(counters->received + counters->dropped_by_kernel, 500u);
  EXPECT_EQ(counters->discarded_bytes, 0u);
}

TEST_F(Drain, IsLeftOutAndCountedWhenAChannelIsStoppedAtOnce) {
  const std::string path = dir_.File("log");
  const std::pair<PCWSTR, std::string> protocols[] = {
      {L"syslog.tcp", kAnyPort}, {L"syslog.unix", R"({"path": ")" + path + R"("})"}};
  for (const auto& [protocol, blob] : protocols) {
    Follow();
    const ListenerChannelPtr channel = Start(protocol, blob);
    const bool tcp = std::wstring(protocol) == L"syslog.tcp";
    Client client = tcp ? Client::Tcp(Port()) : Client::Unix(path);
    // The queue takes ten of them, and then the channel is held.
    for (int i = 0; i < 18; ++i) ASSERT_TRUE(client.Send("<13>x\n"));
    if (tcp) client.WaitForAcknowledgement();
    ASSERT_TRUE(channel->WaitForMessages(10));
    ASSERT_EQ(channels_.Stop(protocol, channel.Get(), true), S_OK);
    EXPECT_EQ(channel->WaitForStopped(), S_OK);
    const std::shared_ptr<Counters> counters = channels_.Former().back().counters;
    EXPECT_EQ(counters->received, 10u);
    EXPECT_EQ(counters->discarded_bytes, 8u * 6);
    hub_.Leave(queue_);
  }
}

TEST_F(Drain, IsLeftOutAndCountedWhenAUdpChannelIsStoppedAtOnce) {
  const ListenerChannelPtr channel = Start(L"syslog.udp", kAnyPort);
  Client client = Client::Udp(Port());
  channel->Hold();
  const OnOneCpu in_order;
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(client.Send("<13>xy"));
  in_order.WaitForArrival();
  ASSERT_TRUE(channel->WaitForMessages(1));
  ASSERT_EQ(channels_.Stop(L"syslog.udp", channel.Get(), true), S_OK);
  channel->Resume();
  EXPECT_EQ(channel->WaitForStopped(), S_OK);
  const std::shared_ptr<Counters> counters = channels_.Former().back().counters;
  // Those of its turn were read before the loop came to the stop.
  EXPECT_LT(counters->received, 500u);
  EXPECT_EQ(counters->received * 6 + counters->discarded_bytes, 500u * 6);
}

TEST_F(Drain, OfAHeldChannelIsHurriedByAStopAtOnce) {
  Follow();
  const ListenerChannelPtr channel = Start(L"syslog.tcp", kAnyPort);
  Client client = Client::Tcp(Port());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.Send("<13>x\n"));
  client.WaitForAcknowledgement();
  ASSERT_TRUE(channel->WaitForMessages(10));
  ASSERT_EQ(channels_.Stop(L"syslog.tcp", channel.Get(), false), S_OK);
  ASSERT_EQ(channels_.Stop(L"syslog.tcp", channel.Get(), true), S_OK);
  EXPECT_EQ(channel->WaitForStopped(), S_OK);
  EXPECT_EQ(channel->messages(), 10u);
  EXPECT_EQ(channels_.Former().back().counters->discarded_bytes, 90u * 6);
}

// Keeps the answers.
class HealthRecorder final : public IHealthStatusCallback {
 public:
  ULONG AddRef() override { return 2; }
  ULONG Release() override { return 1; }
  HRESULT ReportHealth(BOOL healthy) override {
    ++(healthy != FALSE ? healthy_ : unhealthy_);
    return S_OK;
  }
  std::atomic<int> healthy_{0};
  std::atomic<int> unhealthy_{0};
};

TEST_F(Drain, OfTheLoopThatIsStuckIsAnsweredAsUnhealthy) {
  LoopHealth health(&loop_, absl::ZeroDuration());
  HealthRecorder recorder;
  const ListenerChannelPtr channel = Start(L"syslog.udp", kAnyPort);
  channel->Hold();
  ASSERT_TRUE(Client::Udp(Port()).Send("<13>x"));
  ASSERT_TRUE(channel->WaitForMessages(1));
  EXPECT_EQ(health.Check(&recorder), S_OK);
  EXPECT_EQ(recorder.healthy_ + recorder.unhealthy_, 0);
  EXPECT_EQ(health.Check(&recorder), S_OK);
  EXPECT_EQ(recorder.unhealthy_, 2);
  channel->Resume();
  EXPECT_EQ(health.Check(&recorder), S_OK);
  EXPECT_TRUE(support::Eventually([&] { return recorder.healthy_ == 1; }));
  EXPECT_EQ(recorder.unhealthy_, 2);
  channels_.Shutdown(true);
  loop_.Stop();
}

}  // namespace
}  // namespace rsca::managers::syslog
