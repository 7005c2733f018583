#include "server/workers/listeners.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/hresult.h"
#include "server/workers/pool_errors.h"

namespace rsca::workers {
namespace {

void SendStart(const ListenerInfo& info, Worker* worker) {
  worker::v1::ControlResponse message;
  worker::v1::StartListener* start = message.mutable_start_listener();
  start->set_listener(info.id);
  start->set_protocol(info.request.protocol);
  start->set_blob(info.request.blob);
  start->set_protocol_manager(info.request.protocol_manager);
  worker->Send(std::move(message));
}

void SendStop(uint32_t id, bool immediate, Worker* worker) {
  worker::v1::ControlResponse message;
  message.mutable_stop_listener()->set_listener(id);
  message.mutable_stop_listener()->set_immediate(immediate);
  worker->Send(std::move(message));
}

}  // namespace

void Listeners::Start(uint32_t id, const ListenerRequest& request,
                      std::shared_ptr<ListenerObserver> observer) {
  const auto channel = std::make_shared<Channel>();
  channel->info.id = id;
  channel->info.request = request;
  channel->info.create_time = absl::Now();
  channel->observer = std::move(observer);
  MutexLock lock(&mutex_);
  channels_.emplace(id, channel);
  Place(channel);
}

absl::Status Listeners::Stop(uint32_t id, bool immediate) {
  ChannelPtr channel;
  {
    MutexLock lock(&mutex_);
    const auto found = channels_.find(id);
    if (found == channels_.end()) return ListenerNotFound(id);
    channel = found->second;
    channel->stop_wanted = true;
    channel->info.state = ListenerState::kStopping;
    if (channel->worker == nullptr) {
      End(channel, Notice::Kind::kStopped, kHrOk, "it was stopped while no worker ran it");
    } else {
      SendStop(id, immediate, channel->worker.get());
    }
  }
  Tell(channel);
  return absl::OkStatus();
}

std::vector<ListenerInfo> Listeners::list() const {
  std::vector<ListenerInfo> infos;
  MutexLock lock(&mutex_);
  infos.reserve(channels_.size());
  for (const auto& [id, channel] : channels_) infos.push_back(channel->info);
  return infos;
}

bool Listeners::IsReady(const Worker* worker) const {
  return std::any_of(ready_.begin(), ready_.end(),
                     [worker](const auto& ready) { return ready.get() == worker; });
}

// On the ready worker that runs the fewest.
void Listeners::Place(const ChannelPtr& channel) {
  channel->worker = nullptr;
  channel->info.worker.clear();
  channel->info.state = ListenerState::kStarting;
  std::map<const Worker*, int> counts;
  for (const auto& [id, other] : channels_) ++counts[other->worker.get()];
  const auto least = std::min_element(
      ready_.begin(), ready_.end(),
      [&counts](const auto& a, const auto& b) { return counts[a.get()] < counts[b.get()]; });
  if (least == ready_.end()) return;
  channel->worker = *least;
  channel->info.worker = channel->worker->name();
  SendStart(channel->info, channel->worker.get());
}

void Listeners::OnWorkerReady(const std::shared_ptr<Worker>& worker) {
  MutexLock lock(&mutex_);
  if (IsReady(worker.get())) return;
  ready_.push_back(worker);
  for (const auto& [id, channel] : channels_) {
    if (channel->worker == nullptr) Place(channel);
  }
}

void Listeners::Leave(const Worker* worker) {
  ready_.erase(std::remove_if(ready_.begin(), ready_.end(),
                              [worker](const auto& ready) { return ready.get() == worker; }),
               ready_.end());
}

// A socket that two workers want at once has no owner: the old one stops listening first.
void Listeners::OnWorkerLeaving(const Worker* worker) {
  MutexLock lock(&mutex_);
  if (!IsReady(worker)) return;
  Leave(worker);
  for (const auto& [id, channel] : channels_) {
    if (channel->worker.get() != worker || channel->stop_wanted) continue;
    channel->info.state = ListenerState::kStarting;  // elsewhere
    SendStop(id, false, channel->worker.get());
  }
}

void Listeners::OnWorkerGone(const Worker* worker) {
  std::vector<ChannelPtr> affected;
  {
    MutexLock lock(&mutex_);
    Leave(worker);
    for (const auto& [id, channel] : channels_) {
      if (channel->worker.get() == worker) affected.push_back(channel);
    }
    for (const ChannelPtr& channel : affected) {
      OnLetGo(channel, Notice::Kind::kStopped, kHrProcessAborted, "its worker ended");
    }
  }
  for (const ChannelPtr& channel : affected) Tell(channel);
}

void Listeners::OnEvent(const Worker* worker, const worker::v1::ListenerEvent& event) {
  ChannelPtr channel;
  {
    MutexLock lock(&mutex_);
    const auto found = channels_.find(event.listener());
    if (found == channels_.end() || found->second->worker.get() != worker) return;
    channel = found->second;
    switch (event.event_case()) {
      case worker::v1::ListenerEvent::kStarted:
        channel->has_started = true;
        channel->info.request.protocol_manager = event.started().protocol_manager();
        if (!channel->stop_wanted && IsReady(worker)) {
          channel->info.state = ListenerState::kStarted;
        }
        Note(channel, Notice::Kind::kStarted);
        break;
      case worker::v1::ListenerEvent::kMessagesReceived:
        channel->info.messages += event.messages_received();
        Note(channel, Notice::Kind::kMessages);
        break;
      case worker::v1::ListenerEvent::kRefused:
        OnLetGo(channel, channel->has_started ? Notice::Kind::kStopped : Notice::Kind::kRefused,
                event.refused().hresult(), event.refused().message());
        break;
      case worker::v1::ListenerEvent::kStopped:
        OnLetGo(channel, Notice::Kind::kStopped, event.stopped().hresult(),
                channel->stop_wanted ? "it was asked to stop" : "its protocol manager ended it");
        break;
      case worker::v1::ListenerEvent::EVENT_NOT_SET:
        return;
    }
  }
  Tell(channel);
}

// Its worker runs it no more. A channel that nobody has stopped goes on elsewhere, if its worker is
// leaving; else that was the end.
void Listeners::OnLetGo(const ChannelPtr& channel, Notice::Kind kind, int32_t hresult,
                        const std::string& detail) {
  if (channel->stop_wanted || IsReady(channel->worker.get())) {
    End(channel, kind, hresult, detail);
  } else {
    Place(channel);
  }
}

void Listeners::End(const ChannelPtr& channel, Notice::Kind kind, int32_t hresult,
                    const std::string& detail) {
  channels_.erase(channel->info.id);
  channel->worker = nullptr;
  channel->info.state = ListenerState::kStopped;
  channel->info.hresult = hresult;
  channel->info.detail = detail;
  Note(channel, kind);
}

void Listeners::EndAll(const std::string& why) {
  std::map<uint32_t, ChannelPtr> channels;
  {
    MutexLock lock(&mutex_);
    channels = channels_;
    for (const auto& [id, channel] : channels) {
      End(channel, Notice::Kind::kStopped, kHrShuttingDown, why);
    }
  }
  for (const auto& [id, channel] : channels) Tell(channel);
}

// Counts of messages that wait to be told become one.
void Listeners::Note(const ChannelPtr& channel, Notice::Kind kind) {
  if (kind == Notice::Kind::kMessages && !channel->notices.empty() &&
      channel->notices.back().kind == kind) {
    channel->notices.back().info = channel->info;
  } else {
    channel->notices.push_back({kind, channel->info});
  }
}

void Listeners::Tell(const ChannelPtr& channel) {
  mutex_.Lock();
  while (!channel->telling && !channel->notices.empty()) {
    const Notice notice = std::move(channel->notices.front());
    channel->notices.pop_front();
    channel->telling = true;
    mutex_.Unlock();
    switch (notice.kind) {
      case Notice::Kind::kStarted:
        channel->observer->OnListenerStarted(notice.info);
        break;
      case Notice::Kind::kMessages:
        channel->observer->OnListenerMessages(notice.info);
        break;
      case Notice::Kind::kRefused:
        channel->observer->OnListenerRefused(notice.info.hresult, notice.info.detail);
        break;
      case Notice::Kind::kStopped:
        channel->observer->OnListenerStopped(notice.info);
        break;
    }
    mutex_.Lock();
    channel->telling = false;
  }
  mutex_.Unlock();
}

}  // namespace rsca::workers
