#include "server/managers/file/watch_action.h"

#include <poll.h>
#include <pthread.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/utf.h"

namespace rsca::managers::file {
namespace {

// What changed just before an unregister is still reported, up to so many readings of the kernel's
// queue.
constexpr int kReadingsWhenStopping = 64;

void AddPath(nlohmann::json* object, const char* key, const std::string& path) {
  (*object)[key] = path;
  if (!IsUtf8(path)) (*object)[std::string(key) + "_base64"] = absl::Base64Escape(path);
}

std::string ToJson(const Change& change) {
  nlohmann::json object = {
      {"event", change.event},
      {"is_directory", change.is_directory},
      {"time", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone())}};
  AddPath(&object, "path", change.path);
  if (!change.old_path.empty()) AddPath(&object, "old_path", change.old_path);
  if (!change.message.empty()) object["message"] = change.message;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

WatchAction::WatchAction(const std::string& path, bool recursive, Reporter reporter)
    : reporter_(std::move(reporter)),
      tree_(path, recursive, [this](const Change& change) { return Report(change); }) {}

std::unique_ptr<Action> WatchAction::Start(const std::string& path, bool recursive,
                                           Reporter reporter, Failure* failure) {
  std::unique_ptr<WatchAction> action(new WatchAction(path, recursive, std::move(reporter)));
  if (!action->tree_.Open(failure)) return nullptr;
  action->thread_ = std::thread([raw = action.get()] { raw->Run(); });
  return action;
}

WatchAction::~WatchAction() { Stop(); }

void WatchAction::Stop() {
  stopping_ = true;
  wake_.Signal();
  if (thread_.joinable()) thread_.join();
}

void WatchAction::Run() {
  pthread_setname_np(pthread_self(), "file.watch");
  int readings_left = kReadingsWhenStopping;
  while (!tree_.ended()) {
    const bool stop = stopping_;
    if (tree_.Handle() && !(stop && --readings_left == 0)) continue;
    if (stop) return;
    std::array<pollfd, 2> items = {{{tree_.fd(), POLLIN, 0}, {wake_.fd(), POLLIN, 0}}};
    poll(items.data(), items.size(), -1);
  }
}

bool WatchAction::Report(const Change& change) {
  if (change.final) {
    reporter_.ReportFinal(change.status, ToJson(change));
    return false;
  }
  const HRESULT hresult = reporter_.Report(ToJson(change), change.status);
  if (FAILED(hresult)) reporter_.ReportFinal(hresult, "");
  return SUCCEEDED(hresult);
}

}  // namespace rsca::managers::file
