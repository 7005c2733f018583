#include "server/managers/syslog/stats_json.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"

namespace rsca::managers::syslog {
namespace {

using Json = nlohmann::ordered_json;

Json ChannelJson(const ChannelStatus& channel) {
  const Counters& counters = *channel.counters;
  Json json = {{"channel", channel.id},
               {"protocol", ProtocolName(channel.protocol)},
               {"address", channel.address},
               {"since", TimeText(channel.since)},
               {"received", counters.received.load()},
               {"bytes", counters.bytes.load()},
               {"truncated", counters.truncated.load()},
               {"unparsed", counters.unparsed.load()},
               {"delivered", counters.delivered.load()},
               {"dropped",
                {{"kernel", counters.dropped_by_kernel.load()},
                 {"followers", counters.dropped_for_followers.load()}}}};
  if (channel.protocol == Protocol::kTcp) {
    json["connections"] = {{"open", counters.connections_open.load()},
                           {"accepted", counters.connections_accepted.load()},
                           {"accept_pauses", counters.accept_pauses.load()}};
  }
  return json;
}

Json FormerJson(const ChannelStatus& channel) {
  Json json = ChannelJson(channel);
  json["until"] = TimeText(channel.until);
  json["hresult"] = absl::StrFormat("0x%08X", static_cast<DWORD>(channel.status));
  if (!channel.message.empty()) json["message"] = channel.message;
  json["discarded_bytes"] = channel.counters->discarded_bytes.load();
  return json;
}

}  // namespace

std::string StatsJson(Channels* channels, Hub* hub) {
  Json json = {{"channels", Json::array()},
               {"former", Json::array()},
               {"followers", Json::array()},
               {"buffer", Json::object()}};
  for (const ChannelStatus& channel : channels->Current()) {
    json["channels"].push_back(ChannelJson(channel));
  }
  for (const ChannelStatus& channel : channels->Former()) {
    json["former"].push_back(FormerJson(channel));
  }
  for (const auto& follower : hub->followers()) {
    const FollowerQueue::State state = follower->state();
    json["followers"].push_back(
        {{"queued", state.queued}, {"dropped", state.dropped}, {"lagging", state.lagging}});
  }
  const Hub::Buffer buffer = hub->buffer();
  json["buffer"] = {
      {"messages", buffer.messages}, {"bytes", buffer.bytes}, {"evicted", buffer.evicted}};
  return json.dump();
}

}  // namespace rsca::managers::syslog
