#include "server/worker/listener.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/utf.h"
#include "server/worker/counted.h"

namespace rsca::worker {
namespace {

constexpr HRESULT kNotSupported = HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
constexpr HRESULT kInvalidState = HRESULT_FROM_WIN32(ERROR_INVALID_STATE);

class ListenerCallback final : public Counted<IWpfListenerChannelCallback> {
 public:
  ListenerCallback(std::shared_ptr<Listener> listener, int attempt)
      : listener_(std::move(listener)), attempt_(attempt) {}

  HRESULT ReportStarted() override { return listener_->ReportStarted(attempt_); }
  HRESULT ReportStopped(HRESULT hrStatus) override {
    return listener_->ReportStopped(attempt_, hrStatus);
  }
  HRESULT ReportMessageReceived() override { return listener_->ReportMessage(attempt_); }

  HRESULT GetId(DWORD* pdwListenerChannelId) override {
    if (pdwListenerChannelId == nullptr) return E_POINTER;
    *pdwListenerChannelId = listener_->id();
    return S_OK;
  }

  HRESULT GetBlob(PBYTE pbBlob, DWORD* pcbBlob) override {
    if (pcbBlob == nullptr) return E_POINTER;
    const std::string& blob = listener_->blob();
    const DWORD room = *pcbBlob;
    *pcbBlob = static_cast<DWORD>(blob.size());
    if (room < blob.size() || (pbBlob == nullptr && !blob.empty())) {
      return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    }
    std::copy(blob.begin(), blob.end(), pbBlob);
    return S_OK;
  }

 private:
  const std::shared_ptr<Listener> listener_;
  const int attempt_;
};

}  // namespace

Listener::Listener(const v1::StartListener& start, Changed changed)
    : id_(start.listener()),
      protocol_(start.protocol()),
      wide_protocol_(Utf8ToWide(start.protocol()).value_or(std::wstring())),
      blob_(start.blob()),
      changed_(std::move(changed)) {}

void Listener::Start(const std::vector<std::shared_ptr<ProtocolManager>>& managers) {
  for (const auto& manager : managers) {
    int attempt = 0;
    if (!BeginAttempt(manager, &attempt)) return;
    const auto callback =
        MakeCounted<IWpfListenerChannelCallback, ListenerCallback>(shared_from_this(), attempt);
    const CallResult result = manager->StartListener(wide_protocol_, callback.Get());
    if (SUCCEEDED(result.hresult)) {
      // Stopped while it started: the plug-in has to learn it now.
      if (!Accept(callback)) manager->StopListener(wide_protocol_, callback.Get(), true);
      return;
    }
    if (result.hresult != kNotSupported && result.hresult != E_NOTIMPL) {
      return Refuse(result.hresult,
                    absl::StrCat("protocol manager `", manager->name(),
                                 "`: ", manager->Failure("StartListenerChannel", result).reason()));
    }
  }
  Refuse(kNotSupported,
         absl::StrCat("no protocol manager of the pool listens for `", protocol_, "`"));
}

bool Listener::BeginAttempt(const std::shared_ptr<ProtocolManager>& manager, int* attempt) {
  MutexLock lock(&mutex_);
  if (phase_ != Phase::kStarting) return false;
  manager_ = manager;
  *attempt = ++attempt_;
  reported_started_ = false;
  messages_ = 0;
  stopped_.reset();
  return true;
}

bool Listener::Accept(const Callback& callback) {
  {
    MutexLock lock(&mutex_);
    if (phase_ != Phase::kStarting) return false;
    phase_ = stopped_.has_value() ? Phase::kOver : Phase::kRunning;
    if (phase_ == Phase::kRunning) callback_ = callback;
  }
  changed_(shared_from_this(), true);
  return true;
}

void Listener::Refuse(HRESULT hresult, const std::string& message) {
  {
    MutexLock lock(&mutex_);
    if (phase_ != Phase::kStarting) return;
    phase_ = Phase::kOver;
    refused_.emplace();
    refused_->set_hresult(hresult);
    refused_->set_message(message);
  }
  changed_(shared_from_this(), true);
}

bool Listener::Stop(bool immediate) {
  {
    MutexLock lock(&mutex_);
    if (phase_ == Phase::kOver) return false;
    if (phase_ == Phase::kRunning) {
      const int wanted = immediate ? 2 : 1;
      if (stops_ >= wanted) return false;
      stops_ = wanted;
      return true;
    }
    phase_ = Phase::kOver;
    stopped_ = kHrCancelled;
  }
  changed_(shared_from_this(), true);
  return false;
}

void Listener::CallStop(bool immediate) {
  std::shared_ptr<ProtocolManager> manager;
  Callback callback;
  {
    MutexLock lock(&mutex_);
    if (phase_ != Phase::kRunning) return;
    manager = manager_;
    callback = callback_;
  }
  const CallResult result = manager->StopListener(wide_protocol_, callback.Get(), immediate);
  Callback dropped;  // released after the lock
  {
    MutexLock lock(&mutex_);
    if (phase_ != Phase::kRunning) return;
    phase_ = Phase::kOver;
    stopped_ = result.hresult;
    dropped = std::exchange(callback_, nullptr);
  }
  changed_(shared_from_this(), true);
}

std::vector<v1::ListenerEvent> Listener::TakeEvents() {
  std::vector<v1::ListenerEvent> events;
  const auto add = [this, &events]() -> v1::ListenerEvent* {
    events.emplace_back().set_listener(id_);
    return &events.back();
  };
  MutexLock lock(&mutex_);
  if (phase_ == Phase::kStarting || told_end_) return events;
  told_end_ = phase_ == Phase::kOver;
  if (refused_.has_value()) {
    *add()->mutable_refused() = *refused_;
    return events;
  }
  if (reported_started_ && !std::exchange(told_started_, true)) {
    add()->mutable_started()->set_protocol_manager(manager_->name());
  }
  if (messages_ > 0) add()->set_messages_received(std::exchange(messages_, 0));
  if (stopped_.has_value()) add()->mutable_stopped()->set_hresult(*stopped_);
  return events;
}

void Listener::Abandon() {
  Callback dropped;  // released after the lock
  MutexLock lock(&mutex_);
  phase_ = Phase::kOver;
  told_end_ = true;
  dropped = std::exchange(callback_, nullptr);
}

bool Listener::TakesReports(int attempt) {
  return attempt == attempt_ && phase_ != Phase::kOver && !stopped_.has_value();
}

HRESULT Listener::ReportStarted(int attempt) {
  {
    MutexLock lock(&mutex_);
    if (!TakesReports(attempt) || std::exchange(reported_started_, true)) return kInvalidState;
  }
  changed_(shared_from_this(), true);
  return S_OK;
}

HRESULT Listener::ReportStopped(int attempt, HRESULT hresult) {
  Callback dropped;  // released after the lock
  {
    MutexLock lock(&mutex_);
    if (!TakesReports(attempt)) return kInvalidState;
    stopped_ = hresult;
    if (phase_ == Phase::kStarting) return S_OK;  // counts once the start call has succeeded
    phase_ = Phase::kOver;
    dropped = std::exchange(callback_, nullptr);
  }
  changed_(shared_from_this(), true);
  return S_OK;
}

HRESULT Listener::ReportMessage(int attempt) {
  {
    MutexLock lock(&mutex_);
    if (!TakesReports(attempt)) return kInvalidState;
    if (++messages_ > 1) return S_OK;
  }
  changed_(shared_from_this(), false);
  return S_OK;
}

}  // namespace rsca::worker
