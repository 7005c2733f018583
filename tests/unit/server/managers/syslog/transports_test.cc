// How messages arrive: by UDP, TCP and unix sockets.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/proc.h"
#include "tests/unit/server/managers/syslog/syslog_test.h"

namespace rsca {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class SyslogTransports : public SyslogTest {
 protected:
  std::string UnixBlob() const { return R"({"path": ")" + path_ + R"("})"; }

  const std::string path_ = dir_.File("log");
};

TEST_F(SyslogTransports, UdpTakesBothFormatsAndWhatIsNeither) {
  const ListenerChannelPtr channel = Start(kUdp, 11);
  const RecorderPtr recorder = Follow(1);
  Client client = Client::Udp(Port(11));
  client.Send("<165>1 2003-10-11T22:14:15.003Z host evntslog 12 ID47 [a@1 b=\"c\"] first");
  client.Send("<34>Oct 11 22:14:15 mymachine su[13]: second\n");
  client.Send("third");
  const auto results = WaitForResults(recorder, 3);
  ASSERT_EQ(results.size(), 3u);
  const nlohmann::json& first = results[0];
  EXPECT_EQ(first["event"], "message");
  EXPECT_EQ(first["channel"], 11);
  EXPECT_EQ(first["protocol"], "syslog.udp");
  EXPECT_THAT(first["peer"].get<std::string>(), StartsWith("127.0.0.1:"));
  EXPECT_THAT(first["received"].get<std::string>(), testing::EndsWith("Z"));
  EXPECT_EQ(first["format"], "rfc5424");
  EXPECT_EQ(first["facility"], "local4");
  EXPECT_EQ(first["severity"], "notice");
  EXPECT_EQ(first["timestamp"], "2003-10-11T22:14:15.003Z");
  EXPECT_EQ(first["host"], "host");
  EXPECT_EQ(first["app"], "evntslog");
  EXPECT_EQ(first["procid"], "12");
  EXPECT_EQ(first["msgid"], "ID47");
  EXPECT_EQ(first["structured_data"]["a@1"]["b"], "c");
  EXPECT_EQ(results[1]["format"], "rfc3164");
  EXPECT_EQ(results[1]["host"], "mymachine");
  EXPECT_EQ(results[1]["message"], "second");
  EXPECT_EQ(results[2]["format"], "raw");
  EXPECT_THAT(results[2]["problem"].get<std::string>(), HasSubstr("priority"));
  EXPECT_EQ(results[2]["number"], first["number"].get<int>() + 2);
}

TEST_F(SyslogTransports, UdpCountsAnEmptyDatagramAsAMessage) {
  const ListenerChannelPtr channel = Start(kUdp, 1);
  const RecorderPtr recorder = Follow(1);
  Client client = Client::Udp(Port(1));
  EXPECT_EQ(send(client.fd(), "", 0, 0), 0);
  EXPECT_EQ(WaitForResults(recorder, 1)[0]["problem"], "it is empty");
  EXPECT_TRUE(channel->WaitForMessages(1));
}

TEST_F(SyslogTransports, UdpListensOnIpv6) {
  const int probe = socket(AF_INET6, SOCK_DGRAM, 0);
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool has_ipv6 =
      probe >= 0 && bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  if (!has_ipv6) GTEST_SKIP() << "this host has no IPv6";
  Start(kUdp, 1, R"({"address": "[::1]:0"})");
  const RecorderPtr recorder = Follow(1);
  address.sin6_port = htons(Port(1));
  EXPECT_EQ(sendto(probe, "<1>x", 4, 0, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 4);
  EXPECT_THAT(WaitForResults(recorder, 1)[0]["peer"].get<std::string>(), StartsWith("[::1]:"));
  close(probe);
}

TEST_F(SyslogTransports, MarkMessagesThatAreTooLong) {
  Start(kUdp, 1, R"({"address": "127.0.0.1:0", "max_message_bytes": 480})");
  Start(kTcp, 2, R"({"address": "127.0.0.1:0", "max_message_bytes": 480})");
  Start(kUnix, 3, R"({"path": ")" + path_ + R"(", "max_message_bytes": 480})");
  const std::string message = "<13>" + std::string(600, 'x');
  const std::string cut(476, 'x');
  Client clients[] = {Client::Udp(Port(1)), Client::Tcp(Port(2)), Client::Unix(path_)};
  for (size_t i = 0; i < 3; ++i) {
    const RecorderPtr recorder = Follow(i);
    clients[i].Send(message + (i == 1 ? "\n" : ""));
    const auto results = WaitForResults(recorder, 1);
    EXPECT_EQ(results[0]["truncated"], true);
    EXPECT_EQ(results[0]["message"], cut);
    clients[i].Send("<13>" + cut + (i == 1 ? "\n" : ""));
    const auto next = WaitForResults(recorder, 2);
    EXPECT_EQ(next[1]["message"], cut);
    EXPECT_FALSE(next[1].contains("truncated"));
    EXPECT_EQ(ChannelStats(static_cast<DWORD>(i + 1))["truncated"], 1);
  }
}

TEST_F(SyslogTransports, TcpTakesBothFramingsHoweverTheyAreSplit) {
  Start(kTcp, 1);
  const RecorderPtr recorder = Follow(1);
  Client client = Client::Tcp(Port(1));
  for (const char byte : std::string("<13>one\n13 <13>two\nlines<13>three\n")) {
    client.Send(std::string(1, byte));
  }
  EXPECT_THAT(Texts(WaitForResults(recorder, 3)), ElementsAre("one", "two\nlines", "three"));
  EXPECT_EQ(ChannelStats(1)["connections"]["open"], 1);
  client.Send("<13>last without newline");
  client.Close();
  EXPECT_EQ(WaitForResults(recorder, 4)[3]["message"], "last without newline");
  EXPECT_TRUE(support::Eventually([&] { return ChannelStats(1)["connections"]["open"] == 0; }));
  EXPECT_EQ(ChannelStats(1)["connections"]["accepted"], 1);
}

TEST_F(SyslogTransports, TcpMarksACountedMessageWhoseSenderGoesAway) {
  Start(kTcp, 1);
  const RecorderPtr recorder = Follow(1);
  Client client = Client::Tcp(Port(1));
  client.Send("100 <13>not all");
  client.Close();
  const auto results = WaitForResults(recorder, 1);
  EXPECT_EQ(results[0]["message"], "not all");
  EXPECT_EQ(results[0]["truncated"], true);
}

TEST_F(SyslogTransports, TcpTakesWhatASenderSentBeforeItResetTheConnection) {
  Start(kTcp, 1);
  const RecorderPtr recorder = Follow(1);
  Client client = Client::Tcp(Port(1));
  client.Send("<13>one\n");
  WaitForResults(recorder, 1);
  const linger reset = {1, 0};
  setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  client.Close();
  EXPECT_TRUE(support::Eventually([&] { return ChannelStats(1)["connections"]["open"] == 0; }));
  EXPECT_EQ(recorder->results().size(), 1u);
}

TEST_F(SyslogTransports, TcpLetsConnectionsWaitThatAreTooMany) {
  Start(kTcp, 1, R"({"address": "127.0.0.1:0", "max_connections": 2})");
  const RecorderPtr recorder = Follow(1);
  Client first = Client::Tcp(Port(1));
  Client second = Client::Tcp(Port(1));
  first.Send("<13>first\n");
  second.Send("<13>second\n");
  WaitForResults(recorder, 2);
  Client third = Client::Tcp(Port(1));
  third.Send("<13>third\n");
  EXPECT_TRUE(
      support::Eventually([&] { return ChannelStats(1)["connections"]["accept_pauses"] != 0; }));
  EXPECT_EQ(ChannelStats(1)["connections"]["open"], 2);
  EXPECT_EQ(recorder->results().size(), 2u);
  first.Close();
  EXPECT_EQ(WaitForResults(recorder, 3)[2]["message"], "third");
}

TEST_F(SyslogTransports, TcpWaitsForDescriptorsThatHaveRunOut) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UndefinedBehaviorSanitizer looks at memory through descriptors of its own";
#endif
  Start(kTcp, 1);
  const RecorderPtr recorder = Follow(1);
  const uint16_t port = Port(1);
  Client client = Client::UnconnectedTcp();
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  // The lowest free one is the next that would be used.
  const int lowest = fcntl(0, F_DUPFD, 0);
  close(lowest);
  const rlimit none = {static_cast<rlim_t>(lowest), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  client.Connect(port);
  client.Send("<13>patient\n");
  // Again and again, and each time after a pause.
  EXPECT_TRUE(
      support::Eventually([&] { return ChannelStats(1)["connections"]["accept_pauses"] >= 3; }));
  EXPECT_TRUE(recorder->results().empty());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(WaitForResults(recorder, 1)[0]["message"], "patient");
}

TEST_F(SyslogTransports, UnixNamesTheSenderAndReadsNoHostName) {
  Start(kUnix, 1, UnixBlob());
  const RecorderPtr recorder = Follow(1);
  Client client = Client::Unix(path_);
  client.Send("<30>Nov  9 03:04:05 my app is here");
  const auto results = WaitForResults(recorder, 1);
  EXPECT_EQ(results[0]["peer"],
            "pid=" + std::to_string(getpid()) + " uid=" + std::to_string(getuid()));
  EXPECT_EQ(results[0]["message"], "my app is here");
  EXPECT_FALSE(results[0].contains("host"));
}

TEST_F(SyslogTransports, UnixKeepsNoDescriptorsThatSendersPassAlong) {
  const ListenerChannelPtr channel = Start(kUnix, 1, UnixBlob());
  Client client = Client::Unix(path_);
  const size_t before = support::OpenFileCount(getpid());
  for (uint64_t i = 1; i <= 20; ++i) {
    iovec part = {const_cast<char*>("<1>x"), 4};
    alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(2 * sizeof(int));
    const int fds[] = {0, 1};
    std::memcpy(CMSG_DATA(header), fds, sizeof(fds));
    ASSERT_EQ(sendmsg(client.fd(), &message, 0), 4) << std::strerror(errno);
    ASSERT_TRUE(channel->WaitForMessages(i));
  }
  EXPECT_EQ(support::OpenFileCount(getpid()), before);
}

TEST_F(SyslogTransports, UnderstandTheLoggerProgram) {
  if (std::system("command -v logger >/dev/null") != 0) GTEST_SKIP() << "there is no logger";
  Start(kUdp, 1);
  Start(kTcp, 2);
  Start(kUnix, 3, UnixBlob());
  const RecorderPtr recorder = Follow(1);
  const std::string udp = " --server 127.0.0.1 --udp --port " + std::to_string(Port(1));
  const std::string tcp = " --server 127.0.0.1 --tcp --port " + std::to_string(Port(2));
  const std::string logger = "logger -t tester -p mail.warning";
  size_t count = 0;
  for (const std::string& to :
       {udp + " --rfc3164", udp + " --rfc5424", tcp + " --rfc3164", tcp + " --rfc5424",
        tcp + " --rfc5424 --octet-count", " --socket " + path_}) {
    ASSERT_EQ(std::system((logger + to + " 'it works'").c_str()), 0) << to;
    const auto results = WaitForResults(recorder, ++count);
    ASSERT_EQ(results.size(), count) << to;
    EXPECT_EQ(results.back()["app"], "tester") << to;
    EXPECT_EQ(results.back()["facility"], "mail") << to;
    EXPECT_EQ(results.back()["severity"], "warning") << to;
    EXPECT_EQ(results.back()["message"], "it works") << to;
  }
}

}  // namespace
}  // namespace rsca
