#include "server/workers/waiting_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/mutex.h"

namespace rsca::workers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class IgnoringListener final : public ActionListener {
 public:
  void OnStarted() override {}
  void OnRefused(const Refusal& /*refusal*/) override {}
  void OnReports(absl::Span<Report> /*reports*/) override {}
  void OnEnded(const End& /*end*/) override {}
  void OnWorkerReplaced(const std::string& /*why*/) override {}
};

// What the worker's handle is told. Shared with the handle, which the call owns.
struct Told {
  Mutex mutex;
  std::vector<int32_t> refusals ABSL_GUARDED_BY(mutex);

  std::vector<int32_t> Refusals() {
    MutexLock lock(&mutex);
    return refusals;
  }
};

class RecordingHandle final : public ActionHandle {
 public:
  explicit RecordingHandle(std::shared_ptr<Told> told) : told_(std::move(told)) {}
  void Stop(bool /*discard*/) override {}
  void Grant(uint64_t /*bytes*/) override {}
  void RefuseReports(int32_t hresult) override {
    MutexLock lock(&told_->mutex);
    told_->refusals.push_back(hresult);
  }

 private:
  const std::shared_ptr<Told> told_;
};

class WaitingCallTest : public testing::Test {
 protected:
  void Begin() { call_->Begin(std::make_unique<RecordingHandle>(told_)); }

  const std::shared_ptr<Told> told_ = std::make_shared<Told>();
  const std::shared_ptr<WaitingCall> call_ =
      std::make_shared<WaitingCall>(StartRequest{}, std::make_shared<IgnoringListener>());
  const std::unique_ptr<ActionHandle> handle_ = WaitingCall::MakeHandle(call_, [] {});
};

TEST_F(WaitingCallTest, TellsTheWorkerTheNewestRefusalWhenItBegins) {
  handle_->RefuseReports(-1);
  handle_->RefuseReports(-2);
  Begin();
  EXPECT_THAT(told_->Refusals(), ElementsAre(-2));
  EXPECT_EQ(call_->listener(), nullptr);
}

TEST_F(WaitingCallTest, ARefusalThatIsOverWhenItBeginsIsNotTold) {
  handle_->RefuseReports(-1);
  handle_->RefuseReports(0);
  Begin();
  EXPECT_THAT(told_->Refusals(), IsEmpty());
}

TEST_F(WaitingCallTest, PassesRefusalsOnOnceItHasBegun) {
  Begin();
  handle_->RefuseReports(-1);
  handle_->RefuseReports(0);
  EXPECT_THAT(told_->Refusals(), ElementsAre(-1, 0));
}

TEST_F(WaitingCallTest, TheNewestRefusalIsToldLastHoweverItMeetsTheBeginning) {
  handle_->RefuseReports(-1);
  std::thread refuser([this] {
    for (int32_t hresult = -2; hresult > -1000; --hresult) handle_->RefuseReports(hresult);
  });
  Begin();
  refuser.join();
  const std::vector<int32_t> refusals = told_->Refusals();
  ASSERT_FALSE(refusals.empty());
  EXPECT_EQ(refusals.back(), -999);
}

}  // namespace
}  // namespace rsca::workers
