#include "server/workers/results_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "common/report_frame.h"
#include "common/socket_io.h"
#include "tests/support/eventually.h"

namespace rsca::workers {
namespace {

using support::Eventually;
using testing::ElementsAre;

constexpr uint64_t kMost = 100;

class Responses final : public ActionListener {
 public:
  void OnStarted() override {}
  void OnRefused(const Refusal& /*refusal*/) override {}
  void OnReports(absl::Span<Report> reports) override {
    MutexLock lock(&mutex_);
    for (const Report& report : reports) all_.emplace_back(report.response);
  }
  void OnEnded(const End& /*end*/) override {}
  void OnWorkerReplaced(const std::string& /*why*/) override {}

  std::vector<std::string> all() {
    MutexLock lock(&mutex_);
    return all_;
  }

 private:
  Mutex mutex_;
  std::vector<std::string> all_ ABSL_GUARDED_BY(mutex_);
};

// The process is played by the test: it has the other end.
class ResultsSocketTest : public testing::Test {
 protected:
  ResultsSocketTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    theirs_ = UniqueFd(ends[1]);
    socket_ = std::make_unique<ResultsSocket>(UniqueFd(ends[0]), worker_, kMost);
    worker_->OnControlOpened();
    worker::v1::ControlRequest message;
    message.mutable_ready();
    worker_->OnControl(message);
    handle_ = *worker_->Start({"f", "{}", false, 100}, responses_);
  }

  void Send(ReportKind kind, absl::string_view response) {
    std::string bytes;
    AppendReport({1, kind, 0, 0, response}, &bytes);
    ASSERT_TRUE(SendAll(theirs_.Get(), bytes));
  }

  bool IsOver() {
    return Eventually([this] { return socket_->over(); });
  }

  std::shared_ptr<Worker> worker_ = std::make_shared<Worker>("w-1", std::weak_ptr<WorkerOwner>());
  std::shared_ptr<Responses> responses_ = std::make_shared<Responses>();
  std::unique_ptr<ActionHandle> handle_;
  UniqueFd theirs_;
  std::unique_ptr<ResultsSocket> socket_;
};

TEST_F(ResultsSocketTest, BringsAllThatWasSentBeforeTheProcessEnded) {
  Send(ReportKind::kResult, "a");
  Send(ReportKind::kResult, "b");
  theirs_ = UniqueFd();
  ASSERT_TRUE(IsOver());
  EXPECT_THAT(responses_->all(), ElementsAre("a", "b"));
}

TEST_F(ResultsSocketTest, SendsWhatIsGranted) {
  handle_->Grant(42);
  SocketReader reader(theirs_.Get());
  CreditFrame credit = {};
  absl::string_view bytes;
  while (!ConsumeCredit(&bytes, &credit)) {
    ASSERT_TRUE(reader.ReadMore());
    bytes = reader.bytes();
  }
  EXPECT_EQ(credit.channel, 1u);
  EXPECT_EQ(credit.bytes, 42u);
}

TEST_F(ResultsSocketTest, EndsWithAProcessThatSendsWhatIsNoReportAndKeepsWhatCameBefore) {
  Send(ReportKind::kResult, "a");
  Send(static_cast<ReportKind>(77), "");
  ASSERT_TRUE(IsOver());
  EXPECT_THAT(responses_->all(), ElementsAre("a"));
  char byte;
  EXPECT_EQ(recv(theirs_.Get(), &byte, 1, 0), 0) << "it is told";
}

TEST_F(ResultsSocketTest, EndsWithAProcessWhoseReportIsTooLarge) {
  Send(ReportKind::kResult, std::string(kMost + 1, 'x'));
  EXPECT_TRUE(IsOver());
  EXPECT_THAT(responses_->all(), ElementsAre());
}

// With the worker goes its cgroup, and nobody may ever ask this pool for another.
TEST_F(ResultsSocketTest, LetsGoOfItsWorkerAtTheEnd) {
  handle_ = nullptr;
  const std::weak_ptr<Worker> worker = worker_;
  worker_ = nullptr;
  EXPECT_FALSE(worker.expired());
  theirs_ = UniqueFd();
  ASSERT_TRUE(IsOver());
  EXPECT_TRUE(worker.expired());
}

TEST_F(ResultsSocketTest, IsTakenApartWhileItsProcessLives) {
  socket_ = nullptr;
  char byte;
  EXPECT_EQ(recv(theirs_.Get(), &byte, 1, 0), 0) << "the process sees that the server is gone";
}

}  // namespace
}  // namespace rsca::workers
