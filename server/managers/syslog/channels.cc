#include "server/managers/syslog/channels.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "server/managers/base/failure.h"

namespace rsca::managers::syslog {
namespace {

constexpr size_t kMaxFormer = 16;

constexpr DWORD kMaxBlobBytes = 64 * 1024;

// The channel's configuration, which may change between the two calls that it takes.
HRESULT ReadBlob(IWpfListenerChannelCallback* callback, std::string* blob) {
  DWORD size = 0;
  HRESULT result = callback->GetBlob(nullptr, &size);
  for (int i = 0; i < 3 && result == HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER); ++i) {
    if (size > kMaxBlobBytes) return HRESULT_FROM_WIN32(ERROR_BUFFER_OVERFLOW);
    blob->resize(size);
    result = callback->GetBlob(reinterpret_cast<PBYTE>(blob->data()), &size);
  }
  if (SUCCEEDED(result)) blob->resize(std::min<size_t>(size, blob->size()));
  return result;
}

// One line for the log of whoever runs the plug-in.
void Log(const ChannelStatus& channel) {
  const std::string what =
      channel.address.empty() ? "cannot start" : "at " + channel.address + " has stopped";
  std::string line = absl::StrFormat("syslog: channel %u (%s) %s: %s (0x%08X)", channel.id,
                                     std::string(ProtocolName(channel.protocol)), what,
                                     channel.message, static_cast<DWORD>(channel.status));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' '; }, '?');
  std::fputs((line + "\n").c_str(), stderr);
}

}  // namespace

HRESULT Channels::Start(PCWSTR protocol_name, IWpfListenerChannelCallback* callback) {
  if (protocol_name == nullptr || callback == nullptr) return E_POINTER;
  const std::optional<Protocol> protocol = ProtocolByName(protocol_name);
  if (!protocol) return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
  DWORD id = 0;
  HRESULT result = callback->GetId(&id);
  if (FAILED(result)) return result;
  result = Claim(id, *protocol, callback);
  if (FAILED(result)) return result;
  Failure failure{S_OK, ""};
  result = Guarded([&] { return Open(id, *protocol, callback, &failure); });
  if (FAILED(result)) Retire(id, result, failure.message);
  return result;
}

// Takes the id, so that two calls cannot both start it.
HRESULT Channels::Claim(DWORD id, Protocol protocol, IWpfListenerChannelCallback* callback) {
  const auto entry = std::make_shared<Entry>();
  entry->status.id = id;
  entry->status.protocol = protocol;
  entry->status.since = absl::Now();
  entry->status.counters = std::make_shared<Counters>();
  entry->callback = WpfPtr<IWpfListenerChannelCallback>::Share(callback);
  MutexLock lock(&mutex_);
  if (shutting_down_) return HRESULT_FROM_WIN32(ERROR_SHUTDOWN_IN_PROGRESS);
  return entries_.emplace(id, entry).second ? S_OK : HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS);
}

HRESULT Channels::Open(DWORD id, Protocol protocol, IWpfListenerChannelCallback* callback,
                       Failure* failure) {
  std::string blob;
  const HRESULT result = ReadBlob(callback, &blob);
  if (FAILED(result)) {
    failure->message = "cannot read the channel's configuration";
    return result;
  }
  std::optional<ChannelConfig> config = ParseChannelConfig(protocol, blob, failure);
  if (!config) return failure->hresult;
  ListenSocket socket = ListenSocket::Open(protocol, *config, failure);
  if (socket.fd() < 0) return failure->hresult;
  const auto setup = std::make_shared<ChannelSetup>(
      ChannelSetup{id, protocol, std::move(*config), std::move(socket),
                   WpfPtr<IWpfListenerChannelCallback>::Share(callback), nullptr});
  {
    MutexLock lock(&mutex_);
    ChannelStatus& status = entries_.at(id)->status;
    status.address = setup->socket.address();
    setup->counters = status.counters;
  }
  loop_->Post([this, setup] { Begin(setup); });
  return S_OK;
}

void Channels::Begin(const std::shared_ptr<ChannelSetup>& setup) {
  const DWORD id = setup->id;
  std::shared_ptr<Entry> entry;
  {
    MutexLock lock(&mutex_);
    entry = entries_.at(id);
  }
  entry->channel = Channel::Make(
      std::move(*setup), loop_, hub_,
      [this, id](HRESULT status, const std::string& message) { Retire(id, status, message); });
  entry->channel->Start();
  // Asked to while there was no channel yet.
  std::optional<bool> stop;
  {
    MutexLock lock(&mutex_);
    stop = entry->stop;
  }
  if (stop && entry->channel != nullptr) entry->channel->Stop(*stop);
}

HRESULT Channels::Stop(PCWSTR protocol_name, IWpfListenerChannelCallback* callback,
                       bool immediate) {
  if (protocol_name == nullptr || callback == nullptr) return E_POINTER;
  const std::optional<Protocol> protocol = ProtocolByName(protocol_name);
  if (!protocol) return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
  DWORD id = 0;
  const HRESULT result = callback->GetId(&id);
  if (FAILED(result)) return result;
  MutexLock lock(&mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second->status.protocol != *protocol) {
    return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
  }
  if (found->second->stop && !immediate) return S_FALSE;
  StopLocked(found->second, immediate);
  return S_OK;
}

void Channels::StopLocked(const std::shared_ptr<Entry>& entry, bool immediate) {
  entry->stop = immediate;
  loop_->Post([entry, immediate] {
    // It may not have begun, or have ended by itself.
    if (entry->channel != nullptr) entry->channel->Stop(immediate);
  });
}

void Channels::Shutdown(bool immediate) {
  MutexLock lock(&mutex_);
  shutting_down_ = true;
  for (const auto& [id, entry] : entries_) StopLocked(entry, immediate);
  while (!entries_.empty() || ending_ != 0) changed_.Wait(&mutex_);
}

// The id is free before the framework hears of the end.
void Channels::Retire(DWORD id, HRESULT status, const std::string& message) {
  std::shared_ptr<Entry> entry;
  {
    MutexLock lock(&mutex_);
    const auto found = entries_.find(id);
    entry = std::move(found->second);
    entries_.erase(found);
    entry->status.until = absl::Now();
    entry->status.status = status;
    entry->status.message = message;
    former_.push_back(entry->status);
    if (former_.size() > kMaxFormer) former_.pop_front();
    ++ending_;
  }
  if (FAILED(status)) Log(entry->status);
  // One that never started has failed the call that should have started it.
  if (entry->channel != nullptr) {
    (void)entry->callback->ReportStopped(status);
    // It is at work further up the stack.
    loop_->Post([channel = std::move(entry->channel)] {});
  }
  entry.reset();
  MutexLock lock(&mutex_);
  --ending_;
  changed_.NotifyAll();
}

std::vector<ChannelStatus> Channels::Current() {
  MutexLock lock(&mutex_);
  std::vector<ChannelStatus> result;
  for (const auto& [id, entry] : entries_) result.push_back(entry->status);
  return result;
}

std::vector<ChannelStatus> Channels::Former() {
  MutexLock lock(&mutex_);
  return {former_.begin(), former_.end()};
}

}  // namespace rsca::managers::syslog
