// What a channel received: a message, where it came from, and the JSON that readers get.
#ifndef RSCA_SERVER_MANAGERS_SYSLOG_RECORD_H_
#define RSCA_SERVER_MANAGERS_SYSLOG_RECORD_H_

#include <rsca/wpf_types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/managers/syslog/message.h"

namespace rsca::managers::syslog {

// One channel's, since it began. Any thread adds and reads.
struct Counters {
  std::atomic<uint64_t> received{0};   // messages
  std::atomic<uint64_t> bytes{0};      // of them, framing of streams included
  std::atomic<uint64_t> truncated{0};  // messages that were too long
  std::atomic<uint64_t> unparsed{0};   // messages that are raw
  std::atomic<uint64_t> delivered{0};  // results that followers' readers took
  std::atomic<uint64_t> dropped_by_kernel{0};
  std::atomic<uint64_t> dropped_for_followers{0};  // results that followers had no room for
  std::atomic<uint64_t> discarded_bytes{0};        // unread when the channel was stopped at once
  std::atomic<uint64_t> connections_accepted{0};
  std::atomic<uint64_t> connections_open{0};
  std::atomic<uint64_t> accept_pauses{0};  // for want of descriptors or of room for connections
};

struct Origin {
  DWORD channel = 0;
  std::string_view protocol;  // `syslog.udp` and so on
  std::string peer;
  absl::Time received;
  bool truncated = false;
};

// Shared by the buffer and the queues of all followers.
struct Record {
  uint64_t number = 0;  // counts from 1 in a worker process, over all channels
  DWORD channel = 0;
  Message message;
  std::string json;
  std::shared_ptr<Counters> counters;  // of its channel

  // About what it takes in memory.
  size_t Size() const { return sizeof(Record) + 2 * json.size(); }
};

// `bytes`: as received, for what is not UTF-8.
std::string MessageJson(uint64_t number, const Origin& origin, const Message& message,
                        std::string_view bytes);

// UTC, with microseconds.
std::string TimeText(absl::Time time);

}  // namespace rsca::managers::syslog

#endif  // RSCA_SERVER_MANAGERS_SYSLOG_RECORD_H_
