// The built syslog manager with channels, called as rsca-worker does it.
#ifndef RSCA_TESTS_UNIT_SERVER_MANAGERS_SYSLOG_SYSLOG_TEST_H_
#define RSCA_TESTS_UNIT_SERVER_MANAGERS_SYSLOG_SYSLOG_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/support/listener_channel_recorder.h"
#include "tests/support/plugin_fixture.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/server/managers/syslog/syslog_clients.h"

namespace rsca {

inline constexpr PCWSTR kUdp = L"syslog.udp";
inline constexpr PCWSTR kTcp = L"syslog.tcp";
inline constexpr PCWSTR kUnix = L"syslog.unix";

inline constexpr char kAnyPort[] = R"({"address": "127.0.0.1:0"})";

class SyslogTest : public testing::Test {
 protected:
  SyslogTest() { GetInterfaces(); }
  ~SyslogTest() override { Unload(); }

  // Shuts the plug-in down and unloads it.
  void Unload() {
    channels_ = nullptr;
    monitor_ = nullptr;
    plugin_.reset();
  }

  // One that has started.
  ListenerChannelPtr Start(PCWSTR protocol, DWORD id, const std::string& blob = kAnyPort) {
    ListenerChannelPtr channel = MakeListenerChannel(id, blob);
    EXPECT_EQ(channels_->StartListenerChannel(protocol, channel.Get()), S_OK);
    EXPECT_TRUE(channel->WaitForStarted());
    return channel;
  }

  HRESULT Stop(PCWSTR protocol, const ListenerChannelPtr& channel, bool immediate) {
    return channels_->StopListenerChannel(protocol, channel.Get(), immediate ? TRUE : FALSE);
  }

  RecorderPtr Follow(ULONGLONG id, const std::string& arguments = "{}") {
    RecorderPtr recorder = MakeRecorder();
    EXPECT_EQ(plugin_->Register(id, L"syslog.follow", arguments, recorder), S_OK);
    return recorder;
  }

  nlohmann::json Stats() {
    const RecordedResult result = plugin_->Run(L"syslog.stats", "{}");
    EXPECT_EQ(result.status, S_OK);
    return nlohmann::json::parse(result.response);
  }

  // Of a channel at work; null when there is none.
  nlohmann::json ChannelStats(DWORD id) { return Find(Stats()["channels"], id); }
  nlohmann::json FormerStats(DWORD id) { return Find(Stats()["former"], id); }

  uint16_t Port(DWORD id) {
    const std::string address = ChannelStats(id)["address"];
    return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

  Plugin& plugin() { return *plugin_; }
  IPmListenerChannelManager& channels() { return *channels_; }
  IPmHealthAndIdleMonitor& monitor() { return *monitor_; }

  support::TempDir dir_;

 private:
  void GetInterfaces() {
    plugin_->manager()->GetPmInterface(PM_LISTENER_CHANNEL_MANAGER_ID, channels_.PutVoid());
    plugin_->manager()->GetPmInterface(PM_HEALTH_AND_IDLE_MONITOR_ID, monitor_.PutVoid());
  }

  static nlohmann::json Find(const nlohmann::json& channels, DWORD id) {
    for (const auto& channel : channels) {
      if (channel["channel"] == id) return channel;
    }
    return nullptr;
  }

  std::unique_ptr<Plugin> plugin_ = std::make_unique<Plugin>(RSCA_TEST_PLUGIN);
  WpfPtr<IPmListenerChannelManager> channels_;
  WpfPtr<IPmHealthAndIdleMonitor> monitor_;
};

inline nlohmann::json Json(const RecordedResult& result) {
  return nlohmann::json::parse(result.response);
}

// Whether so many results came; patience is for each hundred of them.
inline bool WaitForCount(const RecorderPtr& recorder, size_t count) {
  for (size_t seen = std::min<size_t>(count, 100);; seen = std::min(count, seen + 100)) {
    if (!recorder->WaitFor([=](const Results& all) { return all.size() >= seen; })) return false;
    if (seen == count) return true;
  }
}

// Waits for so many results; they as JSON.
inline std::vector<nlohmann::json> WaitForResults(const RecorderPtr& recorder, size_t count) {
  EXPECT_TRUE(WaitForCount(recorder, count));
  std::vector<nlohmann::json> parsed;
  for (const RecordedResult& result : recorder->results()) parsed.push_back(Json(result));
  return parsed;
}

inline std::vector<std::string> Texts(const std::vector<nlohmann::json>& results) {
  std::vector<std::string> texts;
  for (const auto& result : results) texts.push_back(result.value("message", ""));
  return texts;
}

}  // namespace rsca

#endif  // RSCA_TESTS_UNIT_SERVER_MANAGERS_SYSLOG_SYSLOG_TEST_H_
