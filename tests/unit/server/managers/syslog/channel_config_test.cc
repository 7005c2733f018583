#include "server/managers/syslog/channel_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/managers/syslog/listen_socket.h"

namespace rsca::managers::syslog {
namespace {

using testing::HasSubstr;

std::string Fault(Protocol protocol, std::string_view blob) {
  Failure failure{S_OK, ""};
  if (ParseChannelConfig(protocol, blob, &failure)) return "";
  EXPECT_EQ(failure.hresult, E_INVALIDARG);
  return failure.message;
}

ChannelConfig Config(Protocol protocol, std::string_view blob) {
  Failure failure{S_OK, ""};
  const auto config = ParseChannelConfig(protocol, blob, &failure);
  EXPECT_TRUE(config) << failure.message;
  return config.value_or(ChannelConfig());
}

TEST(ChannelConfig, HasDefaults) {
  const ChannelConfig udp = Config(Protocol::kUdp, R"({"address": "127.0.0.1:514"})");
  EXPECT_EQ(AddressText(udp.address), "127.0.0.1:514");
  EXPECT_EQ(udp.max_message_bytes, 8192u);
  EXPECT_EQ(udp.receive_buffer_bytes, 4 * 1024 * 1024);
  const ChannelConfig tcp = Config(Protocol::kTcp, R"({"address": "[::1]:0"})");
  EXPECT_EQ(AddressText(tcp.address), "[::1]:0");
  EXPECT_EQ(tcp.max_connections, 1000u);
  EXPECT_EQ(tcp.receive_buffer_bytes, 0);
  const ChannelConfig local = Config(Protocol::kUnix, R"({"path": "/run/log"})");
  EXPECT_EQ(local.path, "/run/log");
  EXPECT_EQ(local.mode, 0666u);
}

TEST(ChannelConfig, TakesWhatIsGiven) {
  const ChannelConfig tcp = Config(Protocol::kTcp, R"({"address": "0.0.0.0:1", "max_connections": 3,
      "max_message_bytes": 480, "receive_buffer_bytes": 4096})");
  EXPECT_EQ(tcp.max_connections, 3u);
  EXPECT_EQ(tcp.max_message_bytes, 480u);
  EXPECT_EQ(tcp.receive_buffer_bytes, 4096);
  EXPECT_EQ(Config(Protocol::kUnix, R"({"path": "/a", "mode": "600"})").mode, 0600u);
}

TEST(ChannelConfig, NamesTheFieldThatIsWrong) {
  EXPECT_THAT(Fault(Protocol::kUdp, ""), HasSubstr("is not JSON"));
  EXPECT_THAT(Fault(Protocol::kUdp, "{"), HasSubstr("is not JSON"));
  EXPECT_THAT(Fault(Protocol::kUdp, "{\"address\": \"\xff\"}"), HasSubstr("is not JSON"));
  EXPECT_THAT(Fault(Protocol::kUdp, "[]"), HasSubstr("type"));
  EXPECT_THAT(Fault(Protocol::kUdp, "{}"), HasSubstr("'address'"));
  EXPECT_THAT(Fault(Protocol::kUdp, R"({"address": 514})"), HasSubstr("address: "));
  EXPECT_THAT(Fault(Protocol::kUdp, R"({"address": "127.0.0.1:0", "max_connections": 1})"),
              HasSubstr("'max_connections'"));
  EXPECT_THAT(Fault(Protocol::kTcp, R"({"address": "127.0.0.1:0", "max_message_bytes": 479})"),
              HasSubstr("max_message_bytes: "));
  EXPECT_THAT(Fault(Protocol::kTcp, R"({"address": "127.0.0.1:0", "max_connections": 0})"),
              HasSubstr("max_connections: "));
  EXPECT_THAT(Fault(Protocol::kUnix, R"({"address": "127.0.0.1:0"})"), HasSubstr("'path'"));
  EXPECT_THAT(Fault(Protocol::kUnix, R"({"path": "log"})"), HasSubstr("path: is not absolute"));
  EXPECT_THAT(Fault(Protocol::kUnix, R"({"path": "/a\u0000b"})"), HasSubstr("path: has a zero"));
  EXPECT_THAT(Fault(Protocol::kUnix, R"({"path": "/)" + std::string(107, 'a') + R"("})"),
              HasSubstr("path: "));
  std::string umlauts = "/";
  for (int i = 0; i < 60; ++i) umlauts += "\xc3\xa4";
  EXPECT_THAT(Fault(Protocol::kUnix, R"({"path": ")" + umlauts + R"("})"),
              HasSubstr("longer than 107 bytes"));
  for (const char* mode : {"0999", "rw-", "1777", "-666"}) {
    EXPECT_THAT(Fault(Protocol::kUnix, std::string(R"({"path": "/a", "mode": ")") + mode + R"("})"),
                HasSubstr("mode: "))
        << mode;
  }
}

TEST(ChannelConfig, TakesAddressesInNumbersOnly) {
  for (const char* address :
       {"localhost:514", "127.0.0.1", ":514", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "::1:514", "[::1]", "[::1:514", "1.2.3:4", "[]:1", "127.0.0.1:1x", "[127.0.0.1]:1"}) {
    EXPECT_THAT(Fault(Protocol::kUdp, std::string(R"({"address": ")") + address + R"("})"),
                HasSubstr("address: is neither"))
        << address;
  }
}

}  // namespace
}  // namespace rsca::managers::syslog
