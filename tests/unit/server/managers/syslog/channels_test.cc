// Listener channels: how they start, stop and fail.
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "tests/support/proc.h"
#include "tests/unit/server/managers/syslog/syslog_test.h"

namespace rsca {
namespace {

using testing::HasSubstr;

class SyslogChannels : public SyslogTest {
 protected:
  std::string UnixBlob(const std::string& more = "") {
    return R"({"path": ")" + path_ + "\"" + more + "}";
  }

  HRESULT TryStart(PCWSTR protocol, DWORD id, const std::string& blob) {
    const ListenerChannelPtr channel = MakeListenerChannel(id, blob);
    const HRESULT result = channels().StartListenerChannel(protocol, channel.Get());
    EXPECT_FALSE(channel->started());
    EXPECT_FALSE(channel->stopped());
    EXPECT_EQ(channel->references(), 0u);
    return result;
  }

  // The process's descriptor of a socket that is bound to the port.
  static int DescriptorOfPort(uint16_t port) {
    for (int fd = 0; fd < 1000; ++fd) {
      sockaddr_in address = {};
      socklen_t size = sizeof(address);
      if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
          address.sin_family == AF_INET && ntohs(address.sin_port) == port) {
        return fd;
      }
    }
    return -1;
  }

  const std::string path_ = dir_.File("log");
};

TEST_F(SyslogChannels, StartAndStopOfEachProtocol) {
  const std::pair<PCWSTR, std::string> protocols[] = {
      {kUdp, kAnyPort}, {kTcp, kAnyPort}, {kUnix, UnixBlob()}};
  for (const auto& [protocol, blob] : protocols) {
    for (const bool immediate : {false, true}) {
      const ListenerChannelPtr channel = Start(protocol, 7, blob);
      EXPECT_FALSE(ChannelStats(7).is_null());
      EXPECT_EQ(Stop(protocol, channel, immediate), S_OK);
      EXPECT_EQ(channel->WaitForStopped(), S_OK);
      EXPECT_TRUE(ChannelStats(7).is_null());
      EXPECT_EQ(FormerStats(7)["hresult"], "0x00000000");
      EXPECT_TRUE(support::Eventually([&] { return channel->references() == 0; }));
      EXPECT_EQ(channel->out_of_turn(), 0);
    }
  }
}

TEST_F(SyslogChannels, LeaveNoThreadNoDescriptorAndNoFile) {
  Unload();
  const size_t files = support::OpenFileCount(getpid());
  const size_t threads = support::ThreadCount(getpid());
  for (const BOOL immediate : {TRUE, FALSE}) {
    Plugin plugin(RSCA_TEST_PLUGIN);
    WpfPtr<IPmListenerChannelManager> channels;
    plugin.manager()->GetPmInterface(PM_LISTENER_CHANNEL_MANAGER_ID, channels.PutVoid());
    std::vector<ListenerChannelPtr> started;
    const std::pair<PCWSTR, std::string> protocols[] = {
        {kUdp, kAnyPort}, {kTcp, kAnyPort}, {kUnix, UnixBlob()}};
    for (const auto& [protocol, blob] : protocols) {
      started.push_back(MakeListenerChannel(static_cast<DWORD>(started.size()), blob));
      ASSERT_EQ(channels->StartListenerChannel(protocol, started.back().Get()), S_OK);
    }
    const auto recorder = MakeRecorder();
    ASSERT_EQ(plugin.Register(1, L"syslog.follow", "{}", recorder), S_OK);
    EXPECT_EQ(plugin.manager()->Shutdown(immediate), S_OK);
    for (const ListenerChannelPtr& channel : started) {
      EXPECT_EQ(channel->stopped(), S_OK);
      EXPECT_EQ(channel->references(), 0u);
      EXPECT_EQ(channel->out_of_turn(), 0);
    }
    EXPECT_EQ(recorder->references(), 0u);
    EXPECT_EQ(channels->StartListenerChannel(kUdp, started[0].Get()),
              HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS));
    EXPECT_FALSE(std::filesystem::exists(path_));
  }
  EXPECT_TRUE(support::Eventually([&] { return support::ThreadCount(getpid()) == threads; }));
  EXPECT_EQ(support::OpenFileCount(getpid()), files);
}

TEST_F(SyslogChannels, RefuseWhatTheyDoNotKnow) {
  EXPECT_EQ(TryStart(L"http", 1, kAnyPort), HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));
  EXPECT_EQ(TryStart(L"syslog.udp ", 1, kAnyPort), HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));
  const ListenerChannelPtr channel = MakeListenerChannel(1, kAnyPort);
  EXPECT_EQ(Stop(L"http", channel, true), HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));
  EXPECT_EQ(Stop(kUdp, channel, true), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
  EXPECT_EQ(channels().StartListenerChannel(nullptr, channel.Get()), E_POINTER);
  EXPECT_EQ(channels().StartListenerChannel(kUdp, nullptr), E_POINTER);
  EXPECT_EQ(channels().StopListenerChannel(kUdp, nullptr, TRUE), E_POINTER);
}

TEST_F(SyslogChannels, HaveIdsOfTheirOwn) {
  const ListenerChannelPtr channel = Start(kUdp, 5);
  EXPECT_EQ(TryStart(kUdp, 5, kAnyPort), HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS));
  EXPECT_EQ(TryStart(kTcp, 5, kAnyPort), HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS));
  EXPECT_EQ(Stop(kTcp, channel, true), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
  EXPECT_EQ(Stop(kUdp, channel, true), S_OK);
  ASSERT_EQ(channel->WaitForStopped(), S_OK);
  EXPECT_EQ(Stop(kUdp, channel, true), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
  Start(kTcp, 5);
}

TEST_F(SyslogChannels, RefuseAConfigurationThatIsNotValidAndSayWhy) {
  EXPECT_EQ(TryStart(kUdp, 3, R"({"adress": "127.0.0.1:0"})"), E_INVALIDARG);
  const nlohmann::json stats = FormerStats(3);
  EXPECT_EQ(stats["hresult"], "0x80070057");
  EXPECT_THAT(stats["message"].get<std::string>(), HasSubstr("'adress'"));
  EXPECT_EQ(TryStart(kUdp, 3, ""), E_INVALIDARG);
  EXPECT_EQ(TryStart(kUdp, 3, std::string(70'000, ' ')), HRESULT_FROM_WIN32(ERROR_BUFFER_OVERFLOW));
}

TEST_F(SyslogChannels, RefuseAnAddressThatIsTakenOrNotThere) {
  for (const PCWSTR protocol : {kUdp, kTcp}) {
    const ListenerChannelPtr channel = Start(protocol, 1);
    const std::string taken =
        R"({"address": ")" + ChannelStats(1)["address"].get<std::string>() + R"("})";
    EXPECT_EQ(TryStart(protocol, 2, taken), HRESULT_FROM_WIN32(ERROR_BUSY));
    EXPECT_THAT(FormerStats(2)["message"].get<std::string>(), HasSubstr("cannot listen at 127.0"));
    EXPECT_EQ(Stop(protocol, channel, true), S_OK);
    EXPECT_EQ(channel->WaitForStopped(), S_OK);
  }
  EXPECT_EQ(TryStart(kUdp, 2, R"({"address": "192.0.2.1:0"})"),
            HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
}

TEST_F(SyslogChannels, GiveTheUnixSocketItsModeAndRemoveIt) {
  const ListenerChannelPtr channel = Start(kUnix, 1, UnixBlob(R"(, "mode": "0620")"));
  struct stat status = {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777u, 0620u);
  EXPECT_EQ(Stop(kUnix, channel, false), S_OK);
  EXPECT_EQ(channel->WaitForStopped(), S_OK);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SyslogChannels, TakeOverAnAbandonedUnixSocketAndNoOther) {
  Start(kUnix, 1, UnixBlob());
  EXPECT_EQ(TryStart(kUnix, 2, UnixBlob()), HRESULT_FROM_WIN32(ERROR_BUSY));
  EXPECT_TRUE(std::filesystem::exists(path_));

  const std::string abandoned = dir_.File("abandoned");
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  abandoned.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  close(fd);
  const ListenerChannelPtr taken = Start(kUnix, 3, R"({"path": ")" + abandoned + R"("})");
  EXPECT_TRUE(Client::Unix(abandoned).Send("<1>x"));
  EXPECT_TRUE(taken->WaitForMessages(1));

  const std::string file = dir_.File("file");
  support::WriteFile(file, "precious");
  EXPECT_EQ(TryStart(kUnix, 4, R"({"path": ")" + file + R"("})"), HRESULT_FROM_WIN32(ERROR_BUSY));
  EXPECT_EQ(support::ReadFile(file), "precious");
  EXPECT_EQ(TryStart(kUnix, 4, R"({"path": "/nonexistent/log"})"),
            HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
}

TEST_F(SyslogChannels, DoNotRemoveAFileThatTookTheirPlace) {
  const ListenerChannelPtr channel = Start(kUnix, 1, UnixBlob());
  std::filesystem::remove(path_);
  support::WriteFile(path_, "another");
  EXPECT_EQ(Stop(kUnix, channel, true), S_OK);
  EXPECT_EQ(channel->WaitForStopped(), S_OK);
  EXPECT_EQ(support::ReadFile(path_), "another");
}

TEST_F(SyslogChannels, SayWhenTheirSocketDies) {
  for (const PCWSTR protocol : {kUdp, kTcp}) {
    const ListenerChannelPtr channel = Start(protocol, 9);
    const int fd = DescriptorOfPort(Port(9));
    ASSERT_GE(fd, 0);
    shutdown(fd, SHUT_RDWR);
    const std::optional<HRESULT> stopped = channel->WaitForStopped();
    ASSERT_TRUE(stopped);
    EXPECT_TRUE(FAILED(*stopped));
    EXPECT_FALSE(FormerStats(9)["message"].get<std::string>().empty());
    EXPECT_EQ(Stop(protocol, channel, true), HRESULT_FROM_WIN32(ERROR_NOT_FOUND));
    EXPECT_TRUE(support::Eventually([&] { return channel->references() == 0; }));
    EXPECT_EQ(channel->out_of_turn(), 0);
  }
}

TEST_F(SyslogChannels, StartAndStopOnManyThreads) {
  std::vector<std::thread> threads;
  for (DWORD t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (DWORD i = 0; i < 25; ++i) {
        const PCWSTR protocol = i % 2 == 0 ? kUdp : kTcp;
        const ListenerChannelPtr channel = MakeListenerChannel(t * 100 + i, kAnyPort);
        ASSERT_EQ(channels().StartListenerChannel(protocol, channel.Get()), S_OK);
        // Not waiting for the start: a stop may come first.
        ASSERT_EQ(Stop(protocol, channel, i % 3 == 0), S_OK);
        EXPECT_EQ(channel->WaitForStopped(), S_OK);
        EXPECT_EQ(channel->out_of_turn(), 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace rsca
