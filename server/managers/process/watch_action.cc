#include "server/managers/process/watch_action.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "server/managers/base/failure.h"

namespace rsca::managers {
namespace {

constexpr std::chrono::milliseconds kShortestInterval{100};

// The worker has other uses for its descriptors. The exits of further processes are noticed at the
// interval.
constexpr size_t kMaxPidfds = 256;

constexpr wchar_t kSchema[] =
    LR"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "name": {
      "type": "string", "default": "",
      "description": "Only processes whose name or command line has this text in it."
    },
    "interval_ms": {
      "type": "integer", "minimum": 100, "maximum": 3600000, "default": 1000,
      "description": "Milliseconds between two looks at the list of processes. A process that lives shorter may be missed. Exits are mostly seen within 100 ms."
    }
  }
})";

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

bool Runs(const ProcessStat& stat) { return stat.state != 'Z' && stat.state != 'X'; }

}  // namespace

WatchAction::WatchAction(std::string name, std::chrono::milliseconds interval, Reporter reporter)
    : name_(std::move(name)),
      interval_(std::max(interval, kShortestInterval)),
      reporter_(std::move(reporter)),
      thread_([this] { Run(); }) {}

WatchAction::~WatchAction() {
  if (thread_.joinable()) Stop();
}

void WatchAction::Stop() {
  stopping_ = true;
  wake_.Signal();
  thread_.join();
}

void WatchAction::Run() {
  Failure failure{S_OK, ""};
  try {
    Watch();
    failure.hresult = report_status_;
  } catch (...) {
    failure = FailureFromException();
  }
  if (FAILED(failure.hresult)) (void)reporter_.ReportFinal(failure.hresult, failure.message);
}

// Until it is stopped or nobody wants more.
void WatchAction::Watch() {
  Look();
  report_status_ =
      reporter_.Report(nlohmann::json{{"event", "watching"}, {"processes", known_.size()}}.dump());
  while (SUCCEEDED(report_status_) && WaitForNextLook()) Look();
}

void WatchAction::Look() {
  ++look_;
  for (const pid_t pid : ListPids()) {
    std::optional<ProcessStat> stat = ReadStat(pid);
    if (stat && Runs(*stat)) See(std::move(*stat));
  }
  for (auto process = known_.begin(); process != known_.end();) {
    process = process->second.last_look == look_ ? std::next(process) : Forget(process);
  }
}

void WatchAction::See(ProcessStat stat) {
  const pid_t pid = stat.pid;
  auto found = known_.find(pid);
  if (found != known_.end() && found->second.stat.start_ticks != stat.start_ticks) {
    Forget(found);  // the number belongs to another process now
    found = known_.end();
  }
  if (found == known_.end()) found = known_.emplace(pid, Known()).first;
  Known& known = found->second;
  // A process becomes another program under the same number; a new one was perhaps seen just
  // before.
  if (known.looks < 2 || known.stat.name != stat.name) known.command = ReadCommandLine(pid);
  known.stat = std::move(stat);
  known.last_look = look_;
  ++known.looks;
  if (known.reported || !Matches(known)) return;
  known.reported = true;
  known.pidfd = OpenPidfd(pid);
  if (look_ > 1) Report("started", StartTime(known.stat.start_ticks), known);
}

WatchAction::KnownProcesses::iterator WatchAction::Forget(KnownProcesses::iterator process) {
  const Known& known = process->second;
  if (known.pidfd) --pidfds_;
  if (known.reported) Report("exited", absl::Now(), known);
  return known_.erase(process);
}

bool WatchAction::Matches(const Known& known) const {
  return absl::StrContains(known.stat.name, name_) || absl::StrContains(known.command, name_);
}

UniqueFd WatchAction::OpenPidfd(pid_t pid) {
  if (pidfds_ == kMaxPidfds) return UniqueFd();
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (pidfd) ++pidfds_;
  return pidfd;
}

void WatchAction::Report(const char* event, absl::Time time, const Known& known) {
  if (FAILED(report_status_)) return;
  const nlohmann::json result = {{"event", event},          {"time", TimeText(time)},
                                 {"pid", known.stat.pid},   {"ppid", known.stat.ppid},
                                 {"name", known.stat.name}, {"command", known.command}};
  report_status_ =
      reporter_.Report(result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

// False when it is time to stop.
bool WatchAction::WaitForNextLook() {
  std::vector<pollfd> fds = {{wake_.fd(), POLLIN, 0}};
  // A busy host must not keep it looking all the time.
  poll(fds.data(), 1, static_cast<int>(kShortestInterval.count()));
  for (const auto& [pid, known] : known_) {
    if (known.pidfd) fds.push_back({known.pidfd.Get(), POLLIN, 0});
  }
  poll(fds.data(), fds.size(), static_cast<int>((interval_ - kShortestInterval).count()));
  return !stopping_;
}

Function WatchFunction() {
  return {.name = L"process.watch",
          .summary = L"Reports processes that start and exit, as /proc shows them at an interval.",
          .arguments_schema = kSchema,
          .response_content_type = L"application/json",
          .semantics = RSCA_READ_ONLY | RSCA_IDEMPOTENT | RSCA_RESTARTABLE,
          .start = [](const nlohmann::json& arguments, Reporter reporter,
                      Failure* /*failure*/) -> std::unique_ptr<Action> {
            return std::make_unique<WatchAction>(
                arguments.value("name", ""),
                std::chrono::milliseconds(arguments.value("interval_ms", 1000)),
                std::move(reporter));
          },
          .run = nullptr};
}

}  // namespace rsca::managers
