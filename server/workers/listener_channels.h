// Listener channels: what a protocol manager listens on, from the server's side.
#ifndef RSCA_SERVER_WORKERS_LISTENER_CHANNELS_H_
#define RSCA_SERVER_WORKERS_LISTENER_CHANNELS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace rsca::workers {

// What to listen on.
struct ListenerRequest {
  std::string pool;
  std::string protocol;
  std::string blob;              // for the protocol manager; any bytes
  std::string protocol_manager;  // empty: the first that knows the protocol
};

enum class ListenerState { kStarting, kStarted, kStopping, kStopped };

// A listener channel at one moment.
struct ListenerInfo {
  uint32_t id = 0;  // what the plug-in sees; unique in the server, never used again
  ListenerRequest request;
  ListenerState state = ListenerState::kStarting;
  std::string worker;  // that runs it
  uint64_t messages = 0;
  absl::Time create_time;
  int32_t hresult = 0;  // of a stopped one
  std::string detail;   // of a stopped one: why
};

// Told of one listener channel, on threads of the worker's link, without locks; must not block.
// OnListenerRefused or OnListenerStopped comes last, once.
class ListenerObserver {
 public:
  virtual ~ListenerObserver() = default;
  // It listens; again after its worker was replaced.
  virtual void OnListenerStarted(const ListenerInfo& info) = 0;
  virtual void OnListenerMessages(const ListenerInfo& info) = 0;
  virtual void OnListenerRefused(int32_t hresult, const std::string& message) = 0;
  virtual void OnListenerStopped(const ListenerInfo& info) = 0;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_LISTENER_CHANNELS_H_
