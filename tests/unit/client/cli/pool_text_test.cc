#include "client/cli/pool_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "client/cli/pool_json.h"
#include "client/cli/text.h"

namespace rsca::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

google::protobuf::Timestamp SecondsAgo(int64_t seconds) {
  google::protobuf::Timestamp time;
  time.set_seconds(absl::ToUnixSeconds(kNow) - seconds);
  return time;
}

v1::Worker MakeWorker(const std::string& name, int64_t age) {
  v1::Worker worker;
  worker.set_name("pools/default/workers/" + name);
  worker.set_worker(name);
  worker.set_pid(42);
  worker.set_state(v1::Worker::STATE_READY);
  *worker.mutable_start_time() = SecondsAgo(age);
  worker.set_conversation_count(2);
  worker.set_registration_count(3);
  worker.set_run_count(4);
  worker.set_result_count(5);
  return worker;
}

v1::WorkerEnd MakeEnd() {
  v1::WorkerEnd end;
  end.set_worker("default-1");
  end.set_description("was killed by signal 9 (Killed)");
  end.mutable_exit()->set_pid(41);
  end.mutable_exit()->set_signal(9);
  end.mutable_exit()->set_reason(v1::WorkerExit::REASON_SIGNALLED);
  *end.mutable_end_time() = SecondsAgo(61);
  return end;
}

v1::WorkerPool MakePool() {
  v1::WorkerPool pool;
  pool.set_name("pools/default");
  pool.set_pool("default");
  pool.set_state(v1::WorkerPool::STATE_HELD_BACK);
  pool.set_max_processes(2);
  pool.add_protocol_managers("file");
  pool.set_failure_count(7);
  return pool;
}

TEST(PoolsTable, OfAPoolWithoutWorkersHasDashes) {
  EXPECT_EQ(PoolsTable({MakePool()}, kNow, Terminal()),
            "POOL     STATE      WORKERS  UPTIME  MEMORY  ACTIVE  FAILURES  LAST EXIT\n"
            "default  held back  0/2      -       -       0       7         -\n");
}

TEST(PoolsTable, SumsUpItsWorkers) {
  v1::WorkerPool pool = MakePool();
  *pool.add_workers() = MakeWorker("default-2", 125);
  *pool.add_workers() = MakeWorker("default-3", 5);
  for (v1::Worker& worker : *pool.mutable_workers()) worker.set_private_bytes(1 << 20);
  EXPECT_THAT(PoolsTable({pool}, kNow, Terminal()),
              HasSubstr("default  held back  2/2      2m5s    2.0 MiB  4       7"));
}

TEST(PoolsTable, TellsWorkersThatTakeNoCallsFromThoseThatDo) {
  v1::WorkerPool pool = MakePool();
  pool.set_max_processes(4);
  for (const char* name : {"default-1", "default-2", "default-3", "default-4"}) {
    *pool.add_workers() = MakeWorker(name, 5);
  }
  EXPECT_THAT(PoolsTable({pool}, kNow, Terminal()), HasSubstr("  4/4      5s"));
  pool.mutable_workers(1)->set_state(v1::Worker::STATE_SUSPENDED);
  pool.mutable_workers(2)->set_state(v1::Worker::STATE_STARTING);
  pool.mutable_workers(3)->set_state(v1::Worker::STATE_SUSPENDED);
  EXPECT_THAT(PoolsTable({pool}, kNow, Terminal()), HasSubstr("  4/4 (1 starting, 2 suspended)  "));
  EXPECT_THAT(PoolDetail(pool, kNow, Terminal()),
              HasSubstr("4 of 4 (1 starting, 2 suspended); started"));
}

TEST(PoolsTable, OnANarrowTerminalKeepsNamesStatesAndTheAgeOfTheLastExit) {
  v1::WorkerPool pool = MakePool();
  pool.set_pool("a-pool-with-a-longer-name");
  *pool.add_workers() = MakeWorker("default-2", 125);
  *pool.add_last_ends() = MakeEnd();
  Terminal terminal;
  terminal.is_terminal = true;
  EXPECT_EQ(PoolsTable({pool}, kNow, terminal),
            "POOL                       STATE      WORKERS  UPTIME  LAST EXIT\n"
            "a-pool-with-a-longer-name  held back  1/2      2m5s    1m1s ago: was killed by …\n");
}

TEST(WorkersTable, OnANarrowTerminalKeepsNamesAndStates) {
  v1::Worker worker = MakeWorker("a-pool-with-a-longer-name-12", 125);
  worker.set_state(v1::Worker::STATE_SUSPENDED);
  Terminal terminal;
  terminal.is_terminal = true;
  terminal.width = 59;
  EXPECT_EQ(WorkersTable({worker}, kNow, terminal),
            "WORKER                        PID  STATE      UPTIME\n"
            "a-pool-with-a-longer-name-12  42   suspended  2m5s\n");
  terminal.width = 20;
  EXPECT_EQ(WorkersTable({worker}, kNow, terminal),
            "WORKER                        PID  STATE\n"
            "a-pool-with-a-longer-name-12  42   suspended\n");
}

TEST(PoolsTable, SaysHowTheLastWorkerEndedAndWhatIsWrong) {
  v1::WorkerPool pool = MakePool();
  *pool.add_last_ends() = MakeEnd();
  pool.set_state(v1::WorkerPool::STATE_STOPPED);
  pool.set_stop_reason("5 failures within 5m");
  v1::QuarantinedFunction* quarantined = pool.add_quarantined_functions();
  quarantined->set_function("file.tail");
  *quarantined->mutable_release_time() = SecondsAgo(-90);
  pool.add_load_failures("host: no such file");
  EXPECT_THAT(
      PoolsTable({pool}, kNow, Terminal()),
      HasSubstr("1m1s ago: was killed by signal 9 (Killed)\n"
                "\n"
                "default: stopped: 5 failures within 5m; `rsca pool start default` starts it\n"
                "default: file.tail in quarantine for 1m30s\n"
                "default: not loaded: host: no such file\n"));
}

TEST(PoolsTable, ShowsThatAPoolHasNotLoadedAllInItsState) {
  v1::WorkerPool pool = MakePool();
  pool.set_state(v1::WorkerPool::STATE_RUNNING);
  EXPECT_THAT(PoolsTable({pool}, kNow, Terminal()), HasSubstr("default  running  0/2"));
  pool.add_load_failures("host: no such file");
  EXPECT_THAT(PoolsTable({pool}, kNow, Terminal()), HasSubstr("default  running, incomplete  0/2"));
  EXPECT_THAT(PoolDetail(pool, kNow, Terminal()),
              HasSubstr("state           running, incomplete\n"));
}

TEST(PoolsTable, SaysUntilWhenAWorkerIsHeldBack) {
  v1::WorkerPool pool = MakePool();
  EXPECT_FALSE(json::parse(ToJson(pool)).contains("held_back_until"));
  *pool.mutable_held_back_until() = SecondsAgo(-12);
  EXPECT_THAT(PoolsTable({pool}, kNow, Terminal()),
              HasSubstr("default: the next worker is held back until 1970-01-12T13:46:52.000Z "
                        "(in 12s), because workers before it died\n"));
  EXPECT_THAT(PoolDetail(pool, kNow, Terminal()),
              HasSubstr("held back       until 1970-01-12T13:46:52.000Z (in 12s), because"));
  EXPECT_EQ(json::parse(ToJson(pool)).at("held_back_until"), "1970-01-12T13:46:52Z");
  *pool.mutable_held_back_until() = SecondsAgo(1);
  EXPECT_THAT(PoolDetail(pool, kNow, Terminal()), HasSubstr("(in 0ms)"));
}

TEST(WorkersTable, ShowsWhatWasMeasuredAndDashesBefore) {
  v1::Worker worker = MakeWorker("default-2", 125);
  EXPECT_EQ(WorkersTable({worker}, kNow, Terminal()),
            "WORKER     PID  STATE  UPTIME  MEMORY  CPU  ACTIVE  CALLS  RESULTS  PING\n"
            "default-2  42   ready  2m5s    -       -    2       7      5        -\n");
  worker.set_private_bytes(3 << 20);
  worker.mutable_cpu_duration()->set_nanos(120'000'000);
  worker.mutable_ping_duration()->set_nanos(240'000);
  EXPECT_THAT(WorkersTable({worker}, kNow, Terminal()),
              HasSubstr("3.0 MiB  120ms  2       7      5        0.2ms"));
}

TEST(WorkersTable, FitsOnAnOrdinaryTerminal) {
  v1::Worker worker = MakeWorker("default-2", 125);
  worker.set_pid(123456);
  worker.set_private_bytes(30 << 20);
  worker.mutable_cpu_duration()->set_seconds(12);
  worker.mutable_ping_duration()->set_nanos(240'000);
  const std::string table = WorkersTable({worker}, kNow, Terminal());
  EXPECT_LE(table.size(), 2 * 81U) << table;
}

TEST(PoolDetail, OfAStoppedPoolSaysWhyAndHowToStartIt) {
  v1::WorkerPool pool = MakePool();
  EXPECT_THAT(PoolDetail(pool, kNow, Terminal()), Not(HasSubstr("to start it")));
  pool.set_state(v1::WorkerPool::STATE_STOPPED);
  pool.set_stop_reason("maintenance, asked by local");
  *pool.add_last_ends() = MakeEnd();
  const std::string text = PoolDetail(pool, kNow, Terminal());
  EXPECT_THAT(text, HasSubstr("state           stopped\n"));
  EXPECT_THAT(text, HasSubstr("why             maintenance, asked by local\n"));
  EXPECT_THAT(text, HasSubstr("to start it     rsca pool start default\n"));
  EXPECT_THAT(text, HasSubstr("1m1s ago  default-1  41   signalled  was killed by signal 9"));
}

TEST(PoolDetail, IsNotSteeredByAPlugin) {
  v1::WorkerPool pool = MakePool();
  pool.add_load_failures("\x1b[2J");
  v1::WorkerEnd end = MakeEnd();
  end.set_description("\x1b]0;evil");
  *pool.add_last_ends() = end;
  EXPECT_THAT(PoolDetail(pool, kNow, Terminal()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(PoolsTable({pool}, kNow, Terminal()), Not(HasSubstr("\x1b")));
}

TEST(EventLine, SaysWhatHappened) {
  v1::WorkerProcessEvent event;
  event.set_sequence(3);
  *event.mutable_event_time() = SecondsAgo(0);
  event.set_pool("default");
  event.set_worker("default-1");
  event.set_kind(v1::WorkerProcessEvent::KIND_WORKER_ENDED);
  event.set_detail("did not answer a ping");
  event.mutable_exit()->set_reason(v1::WorkerExit::REASON_PING_MISSED);
  EXPECT_EQ(EventLine(event, absl::UTCTimeZone()),
            "1970-01-12 13:46:40.000  default  default-1 ended (ping missed): did not answer a "
            "ping");
  event.set_kind(v1::WorkerProcessEvent::KIND_POOL_STOPPED);
  event.set_detail("\x1b[2J");
  EXPECT_EQ(EventLine(event, absl::UTCTimeZone()),
            "1970-01-12 13:46:40.000  default  pool stopped: \\x1b[2J");
}

TEST(EventLine, KnowsEveryKind) {
  for (int kind = 1; v1::WorkerProcessEvent::Kind_IsValid(kind); ++kind) {
    v1::WorkerProcessEvent event;
    event.set_worker("default-1");
    event.set_function("f");
    event.set_kind(static_cast<v1::WorkerProcessEvent::Kind>(kind));
    // What is not known is told by the kind's own words.
    EXPECT_THAT(EventLine(event, absl::UTCTimeZone()), Not(HasSubstr("worker "))) << kind;
  }
}

TEST(PoolJson, HasTheFieldsOfTheContract) {
  v1::WorkerPool pool = MakePool();
  *pool.add_workers() = MakeWorker("default-2", 125);
  *pool.add_last_ends() = MakeEnd();
  const json parsed = json::parse(ToJson(pool));
  EXPECT_EQ(parsed["name"], "pools/default");
  EXPECT_EQ(parsed["state"], "held_back");
  EXPECT_EQ(parsed["max_processes"], 2);
  EXPECT_EQ(parsed["protocol_managers"], json::array({"file"}));
  EXPECT_EQ(parsed["load_failures"], json::array());
  EXPECT_EQ(parsed["workers"][0]["worker"], "default-2");
  EXPECT_EQ(parsed["workers"][0]["state"], "ready");
  EXPECT_EQ(parsed["workers"][0]["result_count"], 5);
  EXPECT_EQ(parsed["last_ends"][0]["exit"]["reason"], "signalled");
  EXPECT_EQ(parsed["last_ends"][0]["exit"]["signal"], 9);
  EXPECT_EQ(parsed["failure_count"], 7);
}

TEST(EventJson, HasAnExitWhereThereIsOne) {
  v1::WorkerProcessEvent event;
  event.set_sequence(3);
  event.set_kind(v1::WorkerProcessEvent::KIND_WORKER_READY);
  EXPECT_FALSE(json::parse(ToJson(event)).contains("exit"));
  EXPECT_EQ(json::parse(ToJson(event))["kind"], "worker_ready");
  event.mutable_exit()->set_exit_status(3);
  EXPECT_EQ(json::parse(ToJson(event))["exit"]["exit_status"], 3);
}

}  // namespace
}  // namespace rsca::cli
