// A listener channel as the framework would make it: it gives out an id and a blob, and keeps what
// the protocol manager reports.
//
//   auto channel = MakeListenerChannel(7, R"({"address": "127.0.0.1:0"})");
//   ASSERT_EQ(channels->StartListenerChannel(L"syslog.udp", channel.Get()), S_OK);
//   ASSERT_TRUE(channel->WaitForStarted());
//   EXPECT_TRUE(channel->WaitForMessages(1));
//   ASSERT_EQ(channels->StopListenerChannel(L"syslog.udp", channel.Get(), TRUE), S_OK);
//   EXPECT_EQ(channel->WaitForStopped(), S_OK);
#ifndef RSCA_TESTS_SUPPORT_LISTENER_CHANNEL_RECORDER_H_
#define RSCA_TESTS_SUPPORT_LISTENER_CHANNEL_RECORDER_H_

#include <rsca/wpf_ptr.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "tests/support/plugin_fixture.h"

namespace rsca {

// Thread-safe; lives by its reference count, as plug-ins expect.
class ListenerChannelRecorder final : public IWpfListenerChannelCallback {
 public:
  ListenerChannelRecorder(DWORD id, std::string_view blob) : id_(id), blob_(blob) {}

  ULONG AddRef() override { return ++references_; }
  ULONG Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }

  HRESULT ReportStarted() override {
    MutexLock lock(&mutex_);
    if (started_ || stopped_) ++out_of_turn_;
    started_ = true;
    changed_.NotifyAll();
    return S_OK;
  }

  HRESULT ReportStopped(HRESULT status) override {
    MutexLock lock(&mutex_);
    if (!started_ || stopped_) ++out_of_turn_;
    stopped_ = status;
    changed_.NotifyAll();
    return S_OK;
  }

  // Waits while held.
  HRESULT ReportMessageReceived() override {
    MutexLock lock(&mutex_);
    if (!started_ || stopped_) ++out_of_turn_;
    ++messages_;
    changed_.NotifyAll();
    while (held_) changed_.Wait(&mutex_);
    return S_OK;
  }

  HRESULT GetId(DWORD* id) override {
    if (id == nullptr) return E_POINTER;
    *id = id_;
    return S_OK;
  }

  HRESULT GetBlob(PBYTE blob, DWORD* size) override {
    if (size == nullptr) return E_POINTER;
    const DWORD room = *size;
    *size = static_cast<DWORD>(blob_.size());
    if (blob == nullptr || room < blob_.size()) {
      return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    }
    std::memcpy(blob, blob_.data(), blob_.size());
    return S_OK;
  }

  // Whether it came before patience ran out.
  bool WaitForStarted() {
    return WaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return started_; });
  }
  bool WaitForMessages(uint64_t count) {
    return WaitFor([=, this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return messages_ >= count; });
  }

  // What it stopped with; nothing if it did not.
  std::optional<HRESULT> WaitForStopped() {
    WaitFor([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_.has_value(); });
    MutexLock lock(&mutex_);
    return stopped_;
  }

  bool started() {
    MutexLock lock(&mutex_);
    return started_;
  }
  std::optional<HRESULT> stopped() {
    MutexLock lock(&mutex_);
    return stopped_;
  }
  uint64_t messages() {
    MutexLock lock(&mutex_);
    return messages_;
  }

  // Reports before the start, after the end, or twice; a plug-in makes none.
  int out_of_turn() {
    MutexLock lock(&mutex_);
    return out_of_turn_;
  }

  // A framework that does not come back from ReportMessageReceived, until Resume.
  void Hold() {
    MutexLock lock(&mutex_);
    held_ = true;
  }
  void Resume() {
    MutexLock lock(&mutex_);
    held_ = false;
    changed_.NotifyAll();
  }

  // References beside the test's own; 0 once the plug-in has let go.
  ULONG references() const { return references_ - 1; }

 private:
  ~ListenerChannelRecorder() = default;

  bool WaitFor(const std::function<bool()>& condition) {
    const absl::Time deadline = absl::Now() + kTestPatience;
    MutexLock lock(&mutex_);
    while (!condition()) {
      if (absl::Now() >= deadline) return false;
      changed_.WaitFor(&mutex_, deadline - absl::Now());
    }
    return true;
  }

  const DWORD id_;
  const std::string blob_;
  std::atomic<ULONG> references_{1};
  Mutex mutex_;
  CondVar changed_;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<HRESULT> stopped_ ABSL_GUARDED_BY(mutex_);
  uint64_t messages_ ABSL_GUARDED_BY(mutex_) = 0;
  int out_of_turn_ ABSL_GUARDED_BY(mutex_) = 0;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
};

using ListenerChannelPtr = WpfPtr<ListenerChannelRecorder>;

inline ListenerChannelPtr MakeListenerChannel(DWORD id, std::string_view blob) {
  return ListenerChannelPtr::Adopt(new ListenerChannelRecorder(id, blob));
}

}  // namespace rsca

#endif  // RSCA_TESTS_SUPPORT_LISTENER_CHANNEL_RECORDER_H_
