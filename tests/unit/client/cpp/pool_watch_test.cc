// PoolEventStream against a server that breaks streams as the test says.
#include <gmock/gmock.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "common/mutex.h"
#include "common/status.h"
#include "rsca/client/client.h"
#include "rsca/v1/worker_processes.grpc.pb.h"
#include "tests/support/temp_dir.h"

namespace rsca::client {
namespace {

using Response = v1::WatchWorkerProcessesResponse;
using Writer = grpc::ServerWriter<Response>;
using ::testing::ElementsAre;

class WatchServer final : public v1::WorkerProcesses::Service {
 public:
  using Script = std::function<grpc::Status(grpc::ServerContext*, Writer*)>;

  WatchServer() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  std::string address() const { return "unix:" + dir_.File("server.sock"); }

  // What the next call gets; calls beyond the scripts are refused for good.
  void Then(Script script) {
    MutexLock lock(&mutex_);
    scripts_.push_back(std::move(script));
  }

  std::vector<v1::WatchWorkerProcessesRequest> requests() {
    MutexLock lock(&mutex_);
    return requests_;
  }

  grpc::Status WatchWorkerProcesses(grpc::ServerContext* context,
                                    const v1::WatchWorkerProcessesRequest* request,
                                    Writer* writer) override {
    Script script;
    {
      MutexLock lock(&mutex_);
      requests_.push_back(*request);
      if (scripts_.empty()) return {grpc::StatusCode::FAILED_PRECONDITION, "no script is left"};
      script = std::move(scripts_.front());
      scripts_.pop_front();
    }
    return script(context, writer);
  }

 private:
  const support::TempDir dir_;
  Mutex mutex_;
  std::deque<Script> scripts_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::WatchWorkerProcessesRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Server> server_;
};

void Opens(Writer* writer, uint64_t after, const std::string& server_start = "run 1") {
  Response message;
  message.set_server_start(server_start);
  message.set_last_sequence(after);
  writer->Write(message);
}

void Tells(Writer* writer, const std::vector<uint64_t>& sequences, uint64_t last = 0) {
  Response message;
  for (const uint64_t sequence : sequences) {
    message.add_events()->set_sequence(sequence);
    last = std::max(last, sequence);
  }
  message.set_last_sequence(last);
  writer->Write(message);
}

const grpc::Status kLost(grpc::StatusCode::UNAVAILABLE, "lost");

WatchOptions Quick() {
  WatchOptions options;
  options.retry.initial_backoff = absl::Milliseconds(1);
  return options;
}

PoolEventStream Watch(const WatchServer& server, const WatchOptions& options = Quick()) {
  absl::StatusOr<PoolEventStream> stream = Client::Connect({server.address()})->WatchPools(options);
  if (!stream.ok()) ADD_FAILURE() << stream.status();
  return *std::move(stream);
}

// Sequences until an error.
std::vector<uint64_t> All(PoolEventStream* stream, absl::Status* status) {
  std::vector<uint64_t> sequences;
  while (true) {
    const auto event = stream->Next();
    if (!event.ok()) {
      *status = event.status();
      return sequences;
    }
    sequences.push_back(event->sequence());
  }
}

TEST(PoolWatch, GoesOnWhereTheConnectionWasLost) {
  WatchServer server;
  server.Then([](grpc::ServerContext*, Writer* writer) {
    Opens(writer, 4);
    Tells(writer, {5, 6});
    return kLost;
  });
  server.Then([](grpc::ServerContext*, Writer*) { return kLost; });
  server.Then([](grpc::ServerContext*, Writer* writer) {
    Opens(writer, 6);
    Tells(writer, {6, 7, 8});  // 6 was seen before
    return grpc::Status::OK;   // a server must not end it; then it is lost as well
  });
  server.Then([](grpc::ServerContext*, Writer* writer) {
    Opens(writer, 8);
    Tells(writer, {9});
    return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "not any more");
  });
  WatchOptions options = Quick();
  std::vector<bool> told;
  options.on_connection_change = [&told](const absl::Status& now) { told.push_back(now.ok()); };
  PoolEventStream stream = Watch(server, options);
  EXPECT_EQ(stream.server_start(), "run 1");
  EXPECT_EQ(stream.last_sequence(), 4U);
  absl::Status status;
  EXPECT_THAT(All(&stream, &status), ElementsAre(5, 6, 7, 8, 9));
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_EQ(stream.last_sequence(), 9U);
  EXPECT_EQ(stream.Next().status(), status);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_FALSE(requests[0].has_after_sequence());
  for (const size_t i : {size_t{1}, size_t{2}}) {
    EXPECT_EQ(requests[i].after_sequence(), 6U);
    EXPECT_EQ(requests[i].server_start(), "run 1");
  }
  EXPECT_EQ(requests[3].after_sequence(), 8U);
  EXPECT_THAT(told, ElementsAre(false, true, false, true));
}

TEST(PoolWatch, OfOnePoolGoesOnAfterWhatOthersDid) {
  WatchServer server;
  server.Then([](grpc::ServerContext*, Writer* writer) {
    Opens(writer, 0);
    Tells(writer, {2, 5});
    Tells(writer, {}, 9);  // a sign of life
    return kLost;
  });
  WatchOptions options = Quick();
  options.pool = "default";
  PoolEventStream stream = Watch(server, options);
  absl::Status status;
  EXPECT_THAT(All(&stream, &status), ElementsAre(2, 5));
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests()[1].pool(), "pools/default");
  EXPECT_EQ(server.requests()[1].after_sequence(), 9U);
}

TEST(PoolWatch, SaysThatEventsAreLost) {
  struct Case {
    const char* reason;
    std::map<std::string, std::string> metadata;
    const char* oldest;
  };
  for (const Case& lost : {Case{"EVENTS_TRUNCATED", {{"oldest_sequence", "40"}}, "40"},
                           Case{"SERVER_RESTARTED", {{"server_start", "run 2"}}, "1"}}) {
    WatchServer server;
    server.Then([](grpc::ServerContext*, Writer* writer) {
      Opens(writer, 0);
      Tells(writer, {1});
      return kLost;
    });
    server.Then([&lost](grpc::ServerContext*, Writer*) {
      return ToGrpcStatus(
          MakeError(absl::StatusCode::kOutOfRange, lost.reason, "gone", lost.metadata));
    });
    PoolEventStream stream = Watch(server);
    absl::Status status;
    EXPECT_THAT(All(&stream, &status), ElementsAre(1));
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_EQ(ErrorReason(status), lost.reason);
    EXPECT_EQ(ErrorMetadata(status, "oldest_sequence"), lost.oldest);
  }
}

TEST(PoolWatch, NoticesAGap) {
  WatchServer server;
  server.Then([](grpc::ServerContext*, Writer* writer) {
    Opens(writer, 0);
    Tells(writer, {1, 3});
    return grpc::Status::OK;
  });
  PoolEventStream stream = Watch(server);
  absl::Status status;
  EXPECT_THAT(All(&stream, &status), ElementsAre(1));
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

TEST(PoolWatch, TakesARefusalAsTheAnswer) {
  WatchServer server;
  server.Then([](grpc::ServerContext*, Writer*) {
    return ToGrpcStatus(MakeError(absl::StatusCode::kOutOfRange, "EVENTS_TRUNCATED", "gone"));
  });
  const auto refused = Client::Connect({server.address()})->WatchPools(Quick());
  EXPECT_TRUE(absl::IsOutOfRange(refused.status())) << refused.status();
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(PoolWatch, EndsByCancelWhileItWaits) {
  WatchServer server;
  server.Then([](grpc::ServerContext* context, Writer* writer) {
    Opens(writer, 0);
    Tells(writer, {1});
    while (!context->IsCancelled()) absl::SleepFor(absl::Milliseconds(1));
    return grpc::Status::CANCELLED;
  });
  PoolEventStream stream = Watch(server);
  EXPECT_TRUE(stream.Next().ok());
  std::thread cancels([&stream] { stream.Cancel(); });
  EXPECT_TRUE(absl::IsCancelled(stream.Next().status()));
  cancels.join();
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(PoolWatch, GivesUpAServerThatStaysAway) {
  WatchServer server;
  server.Then([](grpc::ServerContext*, Writer* writer) {
    Opens(writer, 0);
    return kLost;
  });
  WatchOptions options = Quick();
  options.retry.rejoin_limit = absl::ZeroDuration();
  PoolEventStream stream = Watch(server, options);
  EXPECT_TRUE(absl::IsUnavailable(stream.Next().status()));
}

}  // namespace
}  // namespace rsca::client
