#include "server/managers/syslog/follow_action.h"

#include <pthread.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace rsca::managers::syslog {
namespace {

std::string_view ReasonName(Gap::Reason reason) {
  switch (reason) {
    case Gap::Reason::kKernel:
      return "kernel";
    case Gap::Reason::kQueueFull:
      return "queue_full";
    case Gap::Reason::kTooLarge:
      break;
  }
  return "too_large";
}

std::string GapJson(const Gap& gap) {
  nlohmann::ordered_json json = {
      {"event", "dropped"}, {"reason", ReasonName(gap.reason)}, {"count", gap.count}};
  if (gap.reason == Gap::Reason::kKernel) {
    json["channel"] = gap.channel;
  } else {
    json["first_number"] = gap.first;
    json["last_number"] = gap.last;
  }
  return json.dump();
}

}  // namespace

FollowAction::FollowAction(Hub* hub, std::unique_ptr<const Filter> filter, size_t last,
                           Reporter reporter)
    : hub_(hub), queue_(hub_->Follow(std::move(filter), last)), reporter_(std::move(reporter)) {
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (...) {
    hub_->Leave(queue_);
    throw;
  }
}

FollowAction::~FollowAction() { Stop(); }

void FollowAction::Stop() {
  stopping_ = true;
  hub_->Leave(queue_);
  if (thread_.joinable()) thread_.join();
}

void FollowAction::Run() {
  pthread_setname_np(pthread_self(), "syslog.follow");
  while (const std::optional<QueueEntry> entry = queue_->Next()) {
    const HRESULT result = entry->gap ? ReportGap(*entry->gap) : ReportRecord(*entry->record);
    if (FAILED(result)) {
      hub_->Leave(queue_);
      reporter_.ReportFinal(result, "");
      return;
    }
  }
}

HRESULT FollowAction::ReportRecord(const Record& record) {
  const HRESULT result = ReportPatiently(record.json, S_OK);
  if (result == HRESULT_FROM_WIN32(ERROR_BUFFER_OVERFLOW)) {
    // The server takes no response of this size; the others are not worse for it.
    ++record.counters->dropped_for_followers;
    return ReportGap({Gap::Reason::kTooLarge, 1, record.number, record.number, 0});
  }
  if (SUCCEEDED(result)) ++record.counters->delivered;
  return result;
}

HRESULT FollowAction::ReportGap(const Gap& gap) { return ReportPatiently(GapJson(gap), S_FALSE); }

// A reader that was too slow for once may still come: until then the queue keeps or counts what it
// misses.
HRESULT FollowAction::ReportPatiently(const std::string& response, HRESULT status) {
  HRESULT result;
  do {
    result = reporter_.Report(response, status);
  } while (result == HRESULT_FROM_WIN32(ERROR_TIMEOUT) && !stopping_);
  return result;
}

}  // namespace rsca::managers::syslog
