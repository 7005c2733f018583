#include "server/worker/report_queue.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "common/unique_fd.h"

namespace rsca::worker {
namespace {

using testing::ElementsAre;

constexpr uint64_t kMost = 1 << 20;

ReportFrame Result(absl::string_view response) { return {1, ReportKind::kResult, 0, 0, response}; }

std::vector<std::string> Responses(absl::string_view bytes) {
  std::vector<std::string> responses;
  ReportFrame report;
  while (ConsumeReport(kMost, &bytes, &report) == FrameStatus::kComplete) {
    responses.emplace_back(report.response);
  }
  EXPECT_TRUE(bytes.empty());
  return responses;
}

class ReportQueueTest : public testing::Test {
 protected:
  ReportQueueTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours_ = UniqueFd(ends[0]);
    theirs_ = UniqueFd(ends[1]);
    queue_.Connect(ours_.Get());
  }

  // What the server would read now.
  std::string Arrived() {
    std::string all;
    std::string part(1 << 16, '\0');
    ssize_t count;
    while ((count = recv(theirs_.Get(), part.data(), part.size(), MSG_DONTWAIT)) > 0) {
      all.append(part, 0, static_cast<size_t>(count));
    }
    return all;
  }

  int SocketBytes() const {
    int bytes = 0;
    socklen_t size = sizeof(bytes);
    EXPECT_EQ(getsockopt(ours_.Get(), SOL_SOCKET, SO_SNDBUF, &bytes, &size), 0);
    return bytes;
  }

  ReportQueue queue_;
  UniqueFd ours_;
  UniqueFd theirs_;
};

TEST_F(ReportQueueTest, HasTheFirstReportAfterAPauseSentByWhoeverReports) {
  ASSERT_TRUE(queue_.Push(Result("a")));
  EXPECT_EQ(Arrived(), "") << "not under the locks of the one who reports";
  queue_.Flush();
  EXPECT_THAT(Responses(Arrived()), ElementsAre("a"));
}

TEST_F(ReportQueueTest, SendsWithItWhatCameMeanwhileAndInOrder) {
  ASSERT_TRUE(queue_.Push(Result("a")));
  EXPECT_FALSE(queue_.Push(Result("b"))) << "one sends at a time";
  queue_.PushForWriter(Result("c"));
  queue_.Flush();
  EXPECT_THAT(Responses(Arrived()), ElementsAre("a", "b", "c"));
  queue_.Close();
  std::string bytes;
  EXPECT_FALSE(queue_.Pop(&bytes)) << "nothing is sent twice";
}

TEST_F(ReportQueueTest, MakesRoomInTheSocketOnceReportsAreLarge) {
  const int small = 32 << 10;
  ASSERT_EQ(setsockopt(ours_.Get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
  const int before = SocketBytes();
  queue_.PushForWriter(Result("a"));
  EXPECT_EQ(SocketBytes(), before);
  queue_.PushForWriter(Result(std::string(10'000, 'x')));
  EXPECT_EQ(SocketBytes(), 4 * before);
}

TEST_F(ReportQueueTest, LeavesToTheWriterWhatTheSocketDoesNotTake) {
  const std::string large(kMost, 'x');  // more than the socket holds
  ASSERT_TRUE(queue_.Push(Result(large)));
  queue_.Flush();
  queue_.PushForWriter(Result("next"));
  std::string all = Arrived();
  EXPECT_LT(all.size(), large.size());
  std::string rest;
  ASSERT_TRUE(queue_.Pop(&rest));
  EXPECT_THAT(Responses(all + rest), ElementsAre(large, "next"));
}

TEST_F(ReportQueueTest, LeavesEverythingToTheWriterWhenTheServerIsGone) {
  theirs_ = UniqueFd();
  ASSERT_TRUE(queue_.Push(Result("a")));
  queue_.Flush();
  std::string bytes;
  ASSERT_TRUE(queue_.Pop(&bytes));
  EXPECT_THAT(Responses(bytes), ElementsAre("a"));
}

TEST_F(ReportQueueTest, DropsWhatComesAfterItsEnd) {
  queue_.PushForWriter(Result("a"));
  queue_.Close();
  EXPECT_FALSE(queue_.Push(Result("b")));
  std::string bytes;
  ASSERT_TRUE(queue_.Pop(&bytes));
  EXPECT_THAT(Responses(bytes), ElementsAre("a"));
  EXPECT_FALSE(queue_.Pop(&bytes));
}

}  // namespace
}  // namespace rsca::worker
