// Pools of the real server, as the C++ client sees and manages them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/strip.h"
#include "rsca/client/client.h"
#include "tests/integration/client_cpp/cutting_proxy.h"
#include "tests/support/eventually.h"
#include "tests/support/rscad_process.h"

namespace rsca::client {
namespace {

using support::Config;
using support::Eventually;
using support::RscadProcess;

Config TwoPools() { return Config().Pool("default", {"echo"}).Pool("jobs", {"counter"}); }

bool WaitForState(Client client, const std::string& pool, v1::WorkerPool::State state) {
  return Eventually([&] {
    const auto now = client.GetWorkerPool(pool);
    return now.ok() && now->state() == state;
  });
}

WatchOptions FromTheBeginning() {
  WatchOptions options;
  options.after_sequence = 0;
  options.retry.initial_backoff = absl::Milliseconds(1);
  options.retry.open_limit = absl::Minutes(2);
  return options;
}

TEST(ClientPools, StopsStartsAndRecyclesThem) {
  RscadProcess server(TwoPools());
  Client client = *Client::Connect({server.address()});
  const auto pools = client.ListWorkerPools();
  ASSERT_TRUE(pools.ok()) << pools.status();
  ASSERT_EQ(pools->size(), 2U);
  EXPECT_EQ((*pools)[1].pool(), "jobs");

  const auto stopped = client.StopPool("jobs", "test");
  ASSERT_TRUE(stopped.ok()) << stopped.status();
  ASSERT_TRUE(WaitForState(client, "jobs", v1::WorkerPool::STATE_STOPPED));
  EXPECT_EQ(ErrorReason(client.RecyclePool("jobs", "test").status()), "POOL_STOPPED");
  ASSERT_TRUE(client.StartPool("jobs").ok());
  ASSERT_TRUE(WaitForState(client, "jobs", v1::WorkerPool::STATE_RUNNING));

  const auto before = client.ListWorkers("default");
  ASSERT_TRUE(before.ok()) << before.status();
  ASSERT_EQ(before->size(), 1U);
  const std::string worker = before->front().worker();
  EXPECT_EQ(client.GetWorker(worker)->pid(), before->front().pid());
  ASSERT_TRUE(client.RecycleWorker(worker, "test").ok());
  EXPECT_TRUE(Eventually(
      [&] { return ErrorReason(client.GetWorker(worker).status()) == "WORKER_NOT_FOUND"; }));
  EXPECT_EQ(ErrorReason(client.GetWorkerPool("nobody").status()), "POOL_NOT_FOUND");
}

TEST(ClientPools, WatchesWithoutGapOrDuplicateAcrossCutConnections) {
  RscadProcess server(TwoPools());
  CuttingProxy proxy(std::string(absl::StripPrefix(server.address(), "unix:")), 500, 3000);
  Client direct = *Client::Connect({server.address()});
  auto stream = Client::Connect({proxy.address()})->WatchPools(FromTheBeginning());
  ASSERT_TRUE(stream.ok()) << stream.status();
  uint64_t last = 0;
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(direct.StopPool("jobs", "round").ok());
    ASSERT_TRUE(WaitForState(direct, "jobs", v1::WorkerPool::STATE_STOPPED));
    ASSERT_TRUE(direct.StartPool("jobs").ok());
    ASSERT_TRUE(WaitForState(direct, "jobs", v1::WorkerPool::STATE_RUNNING));
    bool stopped = false;
    while (!stopped) {
      const auto event = stream->Next();
      ASSERT_TRUE(event.ok()) << event.status();
      ASSERT_EQ(event->sequence(), ++last);
      stopped = event->kind() == v1::WorkerProcessEvent::KIND_POOL_STOPPED;
    }
  }
  EXPECT_GT(proxy.cuts(), 0);
}

TEST(ClientPools, SaysThatTheServerWasStartedAgain) {
  RscadProcess server(TwoPools());
  Client client = *Client::Connect({server.address()});
  auto stream = client.WatchPools(FromTheBeginning());
  ASSERT_TRUE(stream.ok()) << stream.status();
  const std::string first_run = stream->server_start();
  ASSERT_TRUE(stream->Next().ok());
  server.Kill();
  server.Wait();
  server.Restart();
  absl::Status status;
  while (status.ok()) status = stream->Next().status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_EQ(ErrorReason(status), "SERVER_RESTARTED");
  auto again = client.WatchPools(FromTheBeginning());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(again->server_start(), first_run);
  EXPECT_EQ(again->Next()->sequence(), 1U);
}

}  // namespace
}  // namespace rsca::client
