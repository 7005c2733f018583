// ReportResult where memory is exhausted. Its own program, because it replaces operator new.
#include "server/worker/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "common/worker_protocol.h"

namespace {

constexpr size_t kLarge = size_t{1} << 20;

// How many large blocks this thread may still have.
thread_local int large_left = 1'000'000;

}  // namespace

// Not inlined: gcc would see a block of malloc given to delete.
[[gnu::noinline]] void* operator new(size_t size) {
  if (size >= kLarge && large_left-- <= 0) throw std::bad_alloc();
  void* block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, size_t /*size*/) noexcept { std::free(block); }

namespace rsca::worker {
namespace {

using testing::ElementsAre;

class ConversationTest : public testing::Test {
 protected:
  HRESULT Report(int large_blocks, bool final = false) {
    large_left = large_blocks;
    const HRESULT result = conversation_->Report(
        S_OK, final, reinterpret_cast<const BYTE*>(response_.data()), response_.size());
    large_left = 1'000'000;
    return result;
  }

  // What was queued, in words: `1 result`, `2 lost`.
  std::vector<std::string> Queued() {
    queue_->Close();
    std::vector<std::string> all;
    std::string popped;
    while (queue_->Pop(&popped)) {
      absl::string_view bytes = popped;
      ReportFrame report;
      while (ConsumeReport(1 << 30, &bytes, &report) == FrameStatus::kComplete) {
        const std::string channel = std::to_string(report.channel);
        if (report.kind == ReportKind::kResultsLost) {
          all.push_back(channel + " lost");
        } else {
          all.push_back(channel + (report.response == response_ ? " result" : " garbage"));
        }
      }
    }
    return all;
  }

  const std::string response_ = std::string(kLarge, 'r');
  // For one result.
  const uint64_t credit_ = 1;
  const std::shared_ptr<ReportQueue> queue_ = std::make_shared<ReportQueue>();
  std::vector<uint64_t> gone_;
  const std::shared_ptr<Conversation> conversation_ = std::make_shared<Conversation>(
      "f", ReportLimits{kLarge * 2, 0, std::chrono::milliseconds(0)}, queue_,
      [this](uint64_t channel) { gone_.push_back(channel); });
};

TEST_F(ConversationTest, AResponseThatCannotBeCopiedIsRefusedAndNothingChanges) {
  conversation_->Join(1, credit_);
  EXPECT_EQ(Report(0), E_OUTOFMEMORY);
  EXPECT_EQ(Report(0, true), E_OUTOFMEMORY);
  EXPECT_FALSE(conversation_->over());
  EXPECT_EQ(Report(1), S_OK) << "the credit is there still";
  EXPECT_EQ(Report(1), HRESULT_FROM_WIN32(ERROR_TIMEOUT)) << "and is spent once";
  EXPECT_THAT(Queued(), ElementsAre("1 result"));
}

TEST_F(ConversationTest, AResponseThatNoSharerCanHaveIsRefusedAndNothingChanges) {
  conversation_->Join(1, credit_);
  conversation_->Join(2, credit_);
  EXPECT_EQ(Report(0), E_OUTOFMEMORY);
  EXPECT_EQ(Report(0, true), E_OUTOFMEMORY);
  EXPECT_EQ(Report(2, true), S_OK);
  EXPECT_TRUE(conversation_->over());
  EXPECT_THAT(Queued(), ElementsAre("1 result", "2 result"));
}

TEST_F(ConversationTest, ASharerForWhomThereIsNoMemoryLearnsThatItHasLostAResult) {
  conversation_->Join(1, credit_);
  conversation_->Join(2, credit_);
  EXPECT_EQ(Report(1), S_OK);
  EXPECT_THAT(gone_, ElementsAre(2));
  EXPECT_FALSE(conversation_->over());
  EXPECT_THAT(Queued(), ElementsAre("1 result", "2 lost"));
}

}  // namespace
}  // namespace rsca::worker
