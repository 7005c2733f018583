#include "client/cli/pool_text.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/pool_json.h"
#include "client/cli/table.h"
#include "client/cli/text.h"

namespace rsca::cli {
namespace {

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

// `held back`.
std::string Words(const std::string& word) { return absl::StrReplaceAll(word, {{"_", " "}}); }

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", ToTime(time), absl::UTCTimeZone());
}

std::string Ago(const google::protobuf::Timestamp& time, absl::Time now) {
  return absl::StrCat(HumanDuration(now - ToTime(time)), " ago");
}

// Empty when it was not measured yet.
std::string Bytes(int64_t bytes) { return bytes == 0 ? "" : HumanBytes(bytes); }

std::string Ping(const v1::Worker& worker) {
  if (!worker.has_ping_duration()) return "";
  const absl::Duration ping = ToDuration(worker.ping_duration());
  if (ping >= absl::Milliseconds(10)) return HumanDuration(ping);
  return absl::StrFormat("%.1fms", absl::ToDoubleMilliseconds(ping));
}

std::string Cpu(const v1::Worker& worker) {
  const absl::Duration cpu = ToDuration(worker.cpu_duration());
  return cpu == absl::ZeroDuration() ? "" : HumanDuration(cpu);
}

// Since when the pool has had a worker without a break.
std::string Uptime(const v1::WorkerPool& pool, absl::Time now) {
  if (pool.workers().empty()) return "";
  return HumanDuration(now - ToTime(pool.workers(0).start_time()));
}

// A pool that runs without all that it should have loaded is not well.
std::string StateText(const v1::WorkerPool& pool) {
  return absl::StrCat(Words(StateWord(pool.state())),
                      pool.load_failures().empty() ? "" : ", incomplete");
}

// `until 2026-01-10T12:00:00.000Z (in 12s)`.
std::string HeldBackText(const v1::WorkerPool& pool, absl::Time now) {
  const absl::Duration left = ToTime(pool.held_back_until()) - now;
  return absl::StrCat("until ", TimeText(pool.held_back_until()), " (in ",
                      HumanDuration(std::max(left, absl::ZeroDuration())),
                      "), because workers before it died");
}

// ` (1 starting, 2 suspended)`; empty when all workers take calls.
std::string NotReady(const v1::WorkerPool& pool) {
  std::map<v1::Worker::State, int> counts;
  for (const v1::Worker& worker : pool.workers()) {
    if (worker.state() != v1::Worker::STATE_READY) ++counts[worker.state()];
  }
  if (counts.empty()) return "";
  const std::string states = absl::StrJoin(counts, ", ", [](std::string* text, const auto& count) {
    absl::StrAppend(text, count.second, " ", Words(StateWord(count.first)));
  });
  return absl::StrCat(" (", states, ")");
}

std::string QuarantineText(const v1::QuarantinedFunction& quarantined, absl::Time now) {
  return absl::StrCat(quarantined.function(), " in quarantine for ",
                      HumanDuration(ToTime(quarantined.release_time()) - now));
}

// What an administrator should know of a pool at a glance, a line each, worst first.
std::string Notes(const v1::WorkerPool& pool, absl::Time now) {
  std::vector<std::string> notes;
  if (pool.state() == v1::WorkerPool::STATE_STOPPED) {
    notes.push_back(absl::StrCat("stopped: ", pool.stop_reason(), "; `rsca pool start ",
                                 pool.pool(), "` starts it"));
  }
  if (pool.has_held_back_until()) {
    notes.push_back(absl::StrCat("the next worker is held back ", HeldBackText(pool, now)));
  }
  for (const auto& quarantined : pool.quarantined_functions()) {
    notes.push_back(QuarantineText(quarantined, now));
  }
  for (const std::string& failure : pool.load_failures()) {
    notes.push_back(absl::StrCat("not loaded: ", failure));
  }
  std::string text;
  for (const std::string& note : notes) {
    absl::StrAppend(&text, EscapeControls(absl::StrCat(pool.pool(), ": ", note)), "\n");
  }
  return text;
}

// Label and value in aligned lines; what is empty is left out.
class Lines {
 public:
  void Add(const char* label, const std::string& value) {
    if (!value.empty()) absl::StrAppendFormat(&text_, "%-16s%s\n", label, EscapeControls(value));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string EndsTable(const v1::WorkerPool& pool, absl::Time now, const Terminal& terminal) {
  Table table({{"ENDED", Fit::kWhole},
               {"WORKER", Fit::kWhole},
               {"PID", Fit::kLeftOut},
               {"REASON", Fit::kWhole},
               "HOW"});
  for (const v1::WorkerEnd& end : pool.last_ends()) {
    table.AddRow({Ago(end.end_time(), now), end.worker(), absl::StrCat(end.exit().pid()),
                  Words(ReasonWord(end.exit().reason())), end.description()});
  }
  return table.Render(terminal);
}

std::string What(const v1::WorkerProcessEvent& event) {
  switch (event.kind()) {
    case v1::WorkerProcessEvent::KIND_WORKER_STARTED:
      return absl::StrCat(event.worker(), " started");
    case v1::WorkerProcessEvent::KIND_WORKER_READY:
      return absl::StrCat(event.worker(), " is ready");
    case v1::WorkerProcessEvent::KIND_WORKER_SUSPENDED:
      return absl::StrCat(event.worker(), " is suspended");
    case v1::WorkerProcessEvent::KIND_WORKER_RESUMED:
      return absl::StrCat(event.worker(), " goes on");
    case v1::WorkerProcessEvent::KIND_WORKER_REPLACING:
      return absl::StrCat(event.worker(), " is being replaced");
    case v1::WorkerProcessEvent::KIND_WORKER_ENDED:
      return absl::StrCat(event.worker(), " ended (", Words(ReasonWord(event.exit().reason())),
                          ")");
    case v1::WorkerProcessEvent::KIND_POOL_RUNNING:
      return "pool runs";
    case v1::WorkerProcessEvent::KIND_POOL_STOPPED:
      return "pool stopped";
    case v1::WorkerProcessEvent::KIND_FUNCTION_QUARANTINED:
      return absl::StrCat(event.function(), " is in quarantine");
    case v1::WorkerProcessEvent::KIND_FUNCTION_RELEASED:
      return absl::StrCat(event.function(), " is out of quarantine");
    default:
      return absl::StrCat(Words(KindWord(event.kind())), " ", event.worker());
  }
}

}  // namespace

std::string EndText(const v1::WorkerEnd& end, absl::Time now, absl::string_view who) {
  return absl::StrCat(Ago(end.end_time(), now), ": ", who, who.empty() ? "" : " ",
                      end.description());
}

std::string RecyclingText(const std::string& name, const std::string& pool) {
  return absl::StrCat(name, ": recycling; `rsca pool watch ", pool, "` follows it");
}

std::string PoolsTable(const std::vector<v1::WorkerPool>& pools, absl::Time now,
                       const Terminal& terminal) {
  Table table({{"POOL", Fit::kWhole},
               {"STATE", Fit::kWhole},
               {"WORKERS", Fit::kWhole},
               {"UPTIME", Fit::kLeftOut},
               {"MEMORY", Fit::kLeftOut},
               {"ACTIVE", Fit::kLeftOut},
               {"FAILURES", Fit::kLeftOut},
               "LAST EXIT"});
  std::string notes;
  for (const v1::WorkerPool& pool : pools) {
    int64_t memory = 0;
    int active = 0;
    for (const v1::Worker& worker : pool.workers()) {
      memory += worker.private_bytes();
      active += worker.conversation_count();
    }
    table.AddRow({pool.pool(), StateText(pool),
                  absl::StrCat(pool.workers_size(), "/", pool.max_processes(), NotReady(pool)),
                  Uptime(pool, now), Bytes(memory), absl::StrCat(active),
                  absl::StrCat(pool.failure_count()),
                  pool.last_ends().empty() ? "" : EndText(pool.last_ends(0), now)});
    notes += Notes(pool, now);
  }
  return absl::StrCat(table.Render(terminal), notes.empty() ? "" : "\n", notes);
}

std::string WorkersTable(const std::vector<v1::Worker>& workers, absl::Time now,
                         const Terminal& terminal) {
  Table table({{"WORKER", Fit::kWhole},
               {"PID", Fit::kWhole},
               {"STATE", Fit::kWhole},
               {"UPTIME", Fit::kLeftOut},
               {"MEMORY", Fit::kLeftOut},
               {"CPU", Fit::kLeftOut},
               {"ACTIVE", Fit::kLeftOut},
               {"CALLS", Fit::kLeftOut},
               {"RESULTS", Fit::kLeftOut},
               {"PING", Fit::kLeftOut}});
  for (const v1::Worker& worker : workers) {
    table.AddRow({worker.worker(), absl::StrCat(worker.pid()), Words(StateWord(worker.state())),
                  HumanDuration(now - ToTime(worker.start_time())), Bytes(worker.private_bytes()),
                  Cpu(worker), absl::StrCat(worker.conversation_count()),
                  absl::StrCat(worker.registration_count() + worker.run_count()),
                  absl::StrCat(worker.result_count()), Ping(worker)});
  }
  return table.Render(terminal);
}

std::string PoolDetail(const v1::WorkerPool& pool, absl::Time now, const Terminal& terminal) {
  Lines lines;
  lines.Add("state", StateText(pool));
  lines.Add("why", pool.stop_reason());
  if (pool.has_held_back_until()) lines.Add("held back", HeldBackText(pool, now));
  if (pool.state() == v1::WorkerPool::STATE_STOPPED) {
    lines.Add("to start it", absl::StrCat("rsca pool start ", pool.pool()));
  }
  lines.Add("loads", absl::StrJoin(pool.protocol_managers(), ", "));
  for (const std::string& failure : pool.load_failures()) lines.Add("not loaded", failure);
  for (const auto& quarantined : pool.quarantined_functions()) {
    lines.Add("quarantine", absl::StrCat(QuarantineText(quarantined, now), ", until ",
                                         TimeText(quarantined.release_time()), ", after ",
                                         quarantined.death_count(), " deaths"));
  }
  lines.Add("workers",
            absl::StrCat(pool.workers_size(), " of ", pool.max_processes(), NotReady(pool),
                         "; started ", pool.start_count(), ", recycled ", pool.recycle_count()));
  lines.Add("failures", absl::StrCat(pool.failure_count(), "; ", pool.recent_failure_count(),
                                     " count for rapid-fail protection now"));
  std::string text =
      absl::StrCat(Bold(terminal, EscapeControls(pool.pool())), "\n\n", lines.text());
  if (!pool.workers().empty()) {
    absl::StrAppend(&text, "\n",
                    WorkersTable({pool.workers().begin(), pool.workers().end()}, now, terminal));
  }
  if (!pool.last_ends().empty()) absl::StrAppend(&text, "\n", EndsTable(pool, now, terminal));
  return text;
}

std::string WorkerDetail(const v1::Worker& worker, absl::Time now, const Terminal& terminal) {
  Lines lines;
  lines.Add("state", Words(StateWord(worker.state())));
  lines.Add("pid", absl::StrCat(worker.pid()));
  lines.Add("started",
            absl::StrCat(TimeText(worker.start_time()), " (", Ago(worker.start_time(), now), ")"));
  lines.Add("active", absl::StrCat(worker.conversation_count()));
  lines.Add("registrations", absl::StrCat(worker.registration_count()));
  lines.Add("runs", absl::StrCat(worker.run_count()));
  lines.Add("results", absl::StrCat(worker.result_count()));
  lines.Add("processor", Cpu(worker));
  lines.Add("memory", worker.resident_bytes() == 0
                          ? ""
                          : absl::StrCat(Bytes(worker.private_bytes()), " of its own, ",
                                         HumanBytes(worker.resident_bytes()), " resident, ",
                                         HumanBytes(worker.virtual_bytes()), " virtual"));
  lines.Add("files", worker.descriptor_count() == 0 ? "" : absl::StrCat(worker.descriptor_count()));
  lines.Add("threads", worker.thread_count() == 0 ? "" : absl::StrCat(worker.thread_count()));
  lines.Add("last ping", Ping(worker));
  return absl::StrCat(Bold(terminal, EscapeControls(worker.worker())), "\n\n", lines.text());
}

std::string EventLine(const v1::WorkerProcessEvent& event, absl::TimeZone zone) {
  std::string line =
      absl::StrCat(absl::FormatTime("%Y-%m-%d %H:%M:%E3S", ToTime(event.event_time()), zone), "  ",
                   event.pool(), "  ", What(event));
  if (!event.detail().empty()) absl::StrAppend(&line, ": ", event.detail());
  return EscapeControls(line);
}

}  // namespace rsca::cli
