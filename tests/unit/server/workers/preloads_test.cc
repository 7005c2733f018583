#include "server/workers/preloads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "common/status.h"

namespace rsca::workers {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

PoolOptions Options() {
  PoolOptions options;
  options.name = "pool";
  options.applications.resize(2);
  options.applications[0].id = "shop";
  options.applications[0].preload = true;
  options.applications[1].id = "blog";
  return options;
}

class PreloadsTest : public testing::Test {
 protected:
  absl::Status Start(const std::string& application) {
    return preloads_.Start(application, worker_,
                           [this](const absl::StatusOr<ApplicationInfo>& info) { answer_ = info; });
  }

  uint64_t SentNumber() {
    worker::v1::ControlResponse message;
    EXPECT_TRUE(worker_->control_outbox()->Pop(&message));
    return message.preload_application().number();
  }

  void Preloaded(uint64_t number, const std::string& application, int32_t hresult = 0) {
    worker::v1::Preloaded preloaded;
    preloaded.set_number(number);
    preloaded.set_application(application);
    if (hresult < 0) preloaded.add_failures()->set_hresult(hresult);
    preloads_.OnPreloaded(worker_.get(), preloaded);
  }

  Preloads preloads_{Options()};
  std::shared_ptr<Worker> worker_ = std::make_shared<Worker>("w-1", std::weak_ptr<WorkerOwner>());
  std::optional<absl::StatusOr<ApplicationInfo>> answer_;
};

TEST_F(PreloadsTest, TheAnswerSaysHowItWent) {
  ASSERT_TRUE(Start("blog").ok());
  EXPECT_EQ(preloads_.list()[1].state, PreloadState::kLoading);
  const uint64_t number = SentNumber();
  Preloaded(number + 1, "shop");
  EXPECT_FALSE(answer_.has_value());
  Preloaded(number, "blog", -5);
  ASSERT_TRUE(answer_.has_value() && answer_->ok());
  EXPECT_EQ((*answer_)->state, PreloadState::kFailed);
  ASSERT_THAT((*answer_)->failures, SizeIs(1));
  EXPECT_EQ((*answer_)->failures[0].hresult, -5);
}

TEST_F(PreloadsTest, AnUnknownApplicationIsNotFound) {
  EXPECT_EQ(ErrorReason(Start("wiki")), "APPLICATION_NOT_FOUND");
  EXPECT_FALSE(answer_.has_value());
}

TEST_F(PreloadsTest, AWorkerThatIsReadyPreloadsByItself) {
  EXPECT_EQ(preloads_.list()[0].state, PreloadState::kNone);
  preloads_.OnWorkerReady(worker_.get());
  EXPECT_EQ(preloads_.list()[0].state, PreloadState::kLoading);
  EXPECT_EQ(preloads_.list()[1].state, PreloadState::kNone);
  Preloaded(0, "shop");
  EXPECT_EQ(preloads_.list()[0].state, PreloadState::kLoaded);
  EXPECT_EQ(preloads_.list()[0].worker, "w-1");
  EXPECT_THAT(preloads_.list()[0].failures, IsEmpty());
  Preloaded(0, "shop", -5);  // later news
  EXPECT_EQ(preloads_.list()[0].state, PreloadState::kFailed);
}

TEST_F(PreloadsTest, AnAnswerMayOvertakeTheWordThatTheWorkerIsReady) {
  Preloaded(0, "shop");
  preloads_.OnWorkerReady(worker_.get());
  EXPECT_EQ(preloads_.list()[0].state, PreloadState::kLoaded);
}

TEST_F(PreloadsTest, AWorkerThatEndsAnswersWithAnError) {
  ASSERT_TRUE(Start("shop").ok());
  preloads_.OnWorkerGone(worker_.get());
  ASSERT_TRUE(answer_.has_value());
  EXPECT_EQ(ErrorReason(answer_->status()), "WORKER_UNAVAILABLE");
  EXPECT_EQ(preloads_.list()[0].state, PreloadState::kNone);
}

TEST_F(PreloadsTest, ThoseThatAreNotAnsweredAreBounded) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Start("blog").ok());
  EXPECT_EQ(ErrorReason(Start("blog")), "LIMIT_EXCEEDED");
  Preloaded(SentNumber(), "blog");
  EXPECT_TRUE(Start("blog").ok());
}

}  // namespace
}  // namespace rsca::workers
