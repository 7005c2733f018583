#include "client/cli/pool_json.h"

#include <google/protobuf/util/time_util.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/json_object.h"
#include "client/cli/resource_json.h"

namespace rsca::cli {
namespace {

using google::protobuf::util::TimeUtil;

// In one line.
std::string Array(const std::vector<std::string>& elements) {
  return absl::StrCat("[", absl::StrJoin(elements, ","), "]");
}

template <typename Texts>
std::string TextArray(const Texts& texts) {
  std::vector<std::string> elements;
  for (const std::string& text : texts) elements.push_back(JsonString(text));
  return Array(elements);
}

std::string EndJson(const v1::WorkerEnd& end) {
  JsonObject object;
  object.Add("worker", end.worker());
  object.AddJson("exit", ToJson(end.exit()));
  object.Add("description", end.description());
  object.Add("end_time", TimeUtil::ToString(end.end_time()));
  return object.Text();
}

std::string QuarantineJson(const v1::QuarantinedFunction& quarantined) {
  JsonObject object;
  object.Add("function", quarantined.function());
  object.Add("death_count", quarantined.death_count());
  object.Add("release_time", TimeUtil::ToString(quarantined.release_time()));
  return object.Text();
}

}  // namespace

std::string StateWord(v1::WorkerPool::State state) {
  return EnumWord(v1::WorkerPool::State_Name(state), "STATE_", state);
}

std::string StateWord(v1::Worker::State state) {
  return EnumWord(v1::Worker::State_Name(state), "STATE_", state);
}

std::string KindWord(v1::WorkerProcessEvent::Kind kind) {
  return EnumWord(v1::WorkerProcessEvent::Kind_Name(kind), "KIND_", kind);
}

std::string ReasonWord(v1::WorkerExit::Reason reason) {
  return EnumWord(v1::WorkerExit::Reason_Name(reason), "REASON_", reason);
}

std::string ToJson(const v1::WorkerExit& exit) {
  JsonObject object;
  object.Add("exit_status", exit.exit_status());
  object.Add("signal", exit.signal());
  object.Add("pid", exit.pid());
  object.Add("reason", ReasonWord(exit.reason()));
  object.Add("detail", exit.detail());
  return object.Text();
}

std::string ToJson(const v1::Worker& worker) {
  JsonObject object;
  object.Add("name", worker.name());
  object.Add("worker", worker.worker());
  object.Add("pid", worker.pid());
  object.Add("state", StateWord(worker.state()));
  object.Add("start_time", TimeUtil::ToString(worker.start_time()));
  object.Add("registration_count", int64_t{worker.registration_count()});
  object.Add("run_count", int64_t{worker.run_count()});
  object.Add("result_count", int64_t{worker.result_count()});
  object.Add("conversation_count", worker.conversation_count());
  object.Add("cpu_duration", TimeUtil::ToString(worker.cpu_duration()));
  object.Add("resident_bytes", int64_t{worker.resident_bytes()});
  object.Add("private_bytes", int64_t{worker.private_bytes()});
  object.Add("virtual_bytes", int64_t{worker.virtual_bytes()});
  object.Add("descriptor_count", worker.descriptor_count());
  object.Add("thread_count", worker.thread_count());
  if (worker.has_ping_duration()) {
    object.Add("ping_duration", TimeUtil::ToString(worker.ping_duration()));
  }
  return object.Text();
}

std::string ToJson(const v1::WorkerPool& pool) {
  std::vector<std::string> workers;
  for (const v1::Worker& worker : pool.workers()) workers.push_back(ToJson(worker));
  std::vector<std::string> ends;
  for (const v1::WorkerEnd& end : pool.last_ends()) ends.push_back(EndJson(end));
  std::vector<std::string> quarantined;
  for (const auto& one : pool.quarantined_functions()) quarantined.push_back(QuarantineJson(one));
  JsonObject object;
  object.Add("name", pool.name());
  object.Add("pool", pool.pool());
  object.Add("state", StateWord(pool.state()));
  object.Add("stop_reason", pool.stop_reason());
  object.Add("max_processes", pool.max_processes());
  object.AddJson("protocol_managers", TextArray(pool.protocol_managers()));
  object.AddJson("load_failures", TextArray(pool.load_failures()));
  object.AddJson("workers", Array(workers));
  object.AddJson("last_ends", Array(ends));
  object.AddJson("quarantined_functions", Array(quarantined));
  object.Add("recent_failure_count", pool.recent_failure_count());
  object.Add("start_count", int64_t{pool.start_count()});
  object.Add("recycle_count", int64_t{pool.recycle_count()});
  object.Add("failure_count", int64_t{pool.failure_count()});
  if (pool.has_held_back_until()) {
    object.Add("held_back_until", TimeUtil::ToString(pool.held_back_until()));
  }
  return object.Text();
}

std::string ToJson(const v1::WorkerProcessEvent& event) {
  JsonObject object;
  object.Add("sequence", uint64_t{event.sequence()});
  object.Add("event_time", TimeUtil::ToString(event.event_time()));
  object.Add("kind", KindWord(event.kind()));
  object.Add("pool", event.pool());
  object.Add("worker", event.worker());
  object.Add("function", event.function());
  object.Add("detail", event.detail());
  if (event.has_exit()) object.AddJson("exit", ToJson(event.exit()));
  return object.Text();
}

}  // namespace rsca::cli
