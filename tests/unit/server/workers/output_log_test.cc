#include "server/workers/output_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/eventually.h"
#include "tests/support/proc.h"

namespace rsca::workers {
namespace {

using support::Eventually;
using testing::HasSubstr;

// What spdlog's default logger is given, for a test that reads while others write.
class SharedText final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::string Text() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return text_;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    text_.append(message.payload.data(), message.payload.size()).push_back('\n');
  }
  void flush_() override {}

 private:
  std::string text_;
};

class OutputLogTest : public ::testing::Test {
 protected:
  OutputLogTest() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", text_)); }
  ~OutputLogTest() override { spdlog::set_default_logger(before_); }

  bool WaitFor(const std::string& text) {
    return Eventually([&] { return absl::StrContains(text_->Text(), text); });
  }

  static void Write(const UniqueFd& fd, const std::string& text) {
    ASSERT_EQ(write(fd.Get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  const std::shared_ptr<SharedText> text_ = std::make_shared<SharedText>();
};

TEST_F(OutputLogTest, LogsEachLineWithTheNameOfItsWorker) {
  OutputLog log;
  const absl::StatusOr<UniqueFd> a = log.Open("a-1");
  const absl::StatusOr<UniqueFd> b = log.Open("b-1");
  ASSERT_TRUE(a.ok() && b.ok());
  Write(*a, "first line\nsecond\n");
  Write(*b, "of another\n");
  EXPECT_TRUE(WaitFor("worker output worker=a-1 line=\"first line\"\n"));
  EXPECT_TRUE(WaitFor("worker output worker=a-1 line=second\n"));
  EXPECT_TRUE(WaitFor("worker output worker=b-1 line=\"of another\"\n"));
}

TEST_F(OutputLogTest, LogsALastLineWithoutNewlineWhenItsWriterIsGone) {
  OutputLog log;
  {
    const absl::StatusOr<UniqueFd> fd = log.Open("a-1");
    Write(*fd, "last words");
  }
  EXPECT_TRUE(WaitFor("line=\"last words\""));
}

TEST_F(OutputLogTest, LogsWhatWasWrittenBeforeItsOwnEndAndWaitsForNobody) {
  absl::StatusOr<UniqueFd> fd;
  {
    OutputLog log;
    fd = log.Open("a-1");
    Write(*fd, "written\nand not ended");
  }
  EXPECT_THAT(text_->Text(), HasSubstr("line=written\n"));
  EXPECT_THAT(text_->Text(), HasSubstr("line=\"and not ended\"\n"));
}

TEST_F(OutputLogTest, ADescendantThatKeepsThePipeHoldsNothingUp) {
  // The worker's end reaches a child, which outlives it and the log.
  pid_t child = -1;
  {
    OutputLog log;
    const absl::StatusOr<UniqueFd> fd = log.Open("a-1");
    child = fork();
    if (child == 0) {
      while (true) pause();
    }
    Write(*fd, "before\n");
    EXPECT_TRUE(WaitFor("line=before"));
  }
  support::SendSignal(child, SIGKILL);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

TEST_F(OutputLogTest, DropsWhatComesTooFastAndSaysHowMuch) {
  OutputLog log;
  const absl::StatusOr<UniqueFd> fd = log.Open("a-1");
  const std::string line = std::string(1023, 'x') + "\n";
  for (int i = 0; i < 10'000; ++i) Write(*fd, line);
  EXPECT_TRUE(WaitFor("worker prints too much; dropped worker=a-1 lines="));
}

TEST_F(OutputLogTest, TakesPipesThatComeAndGoWhileProcessesAreStarted) {
  OutputLog log;
  for (int i = 0; i < 200; ++i) {
    absl::StatusOr<UniqueFd> fd = log.Open(absl::StrCat("w-", i));
    ASSERT_TRUE(fd.ok());
    // Has copies of all pipes for a moment.
    const pid_t child = fork();
    if (child == 0) _exit(0);
    Write(*fd, "x\n");
    fd = UniqueFd();
    waitpid(child, nullptr, 0);
  }
  EXPECT_TRUE(WaitFor("worker=w-199"));
}

}  // namespace
}  // namespace rsca::workers
