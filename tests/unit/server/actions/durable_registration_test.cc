// A durable registration, with a real journal on a disk that fails when the test says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "server/journal/journal.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/server/actions/registration_fixture.h"
#include "tests/unit/server/journal/faulty_file_system.h"

namespace rsca::actions {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::minutes kFailureBound(1);

class DurableRegistrationTest : public RegistrationTest, public journal::JournalListener {
 protected:
  DurableRegistrationTest() {
    journal::JournalOptions options;
    options.directory = absl::StrCat(dir_.path(), "/journal");
    options.env = env_.get();
    journal_ = *journal::Journal::Open(options, &budget_, &timers_, this);
    context_.journal = journal_.get();
    workers::Function function;
    function.name = "f";
    RegisterRequest request;
    request.function = "f";
    request.owner = "local";
    request.durable = true;
    request.ttl = absl::Hours(1);
    registration_ = *Registration::Make(&context_, request, function);
    told_ = registration_;
  }
  ~DurableRegistrationTest() override {
    // The worker's listener keeps the registration, and that its part of the journal.
    starter_.listener = nullptr;
    registration_ = nullptr;
    journal_ = nullptr;
  }

  void OnJournalStatus(const absl::Status& status) override {
    if (const auto registration = told_.lock()) registration->OnJournalStatus(status);
  }

  // Waits for the status of what `ask` is given a callback for.
  template <typename Ask>
  static absl::Status Await(const Ask& ask) {
    const auto answer = std::make_shared<std::promise<absl::Status>>();
    std::future<absl::Status> told = answer->get_future();
    ask([answer](const absl::Status& status) { answer->set_value(status); });
    if (told.wait_for(kFailureBound) == std::future_status::ready) return told.get();
    return absl::DeadlineExceededError("no answer");
  }

  absl::Status Start() {
    return Await([this](const auto& done) {
      registration_->WhenStarted(done);
      registration_->Begin();
      starter_.listener->OnStarted();
    });
  }

  support::TempDir dir_;
  const std::shared_ptr<journal::Faults> faults_ = std::make_shared<journal::Faults>();
  const std::unique_ptr<rocksdb::Env> env_ =
      rocksdb::NewCompositeEnv(std::make_shared<journal::FaultyFileSystem>(faults_));
  std::unique_ptr<journal::Journal> journal_;
  std::weak_ptr<Registration> told_;
};

TEST_F(DurableRegistrationTest, IsLetGoWhenTheJournalClosesWithoutTheCommitItWaitsFor) {
  ASSERT_EQ(Start(), absl::OkStatus());
  faults_->disk_full = true;
  starter_.listener->OnEnded({workers::End::Kind::kDropped, 0, {}});
  starter_.listener = nullptr;
  registration_ = nullptr;
  EXPECT_FALSE(told_.expired()) << "its end is not committed";
  journal_->Close();
  EXPECT_TRUE(told_.expired());
}

TEST_F(DurableRegistrationTest, HasLostResultsWhenTheJournalHealedBeforeThePluginGaveUp) {
  ASSERT_EQ(Start(), absl::OkStatus());
  starter_.listener->OnEnded({workers::End::Kind::kDropped, kHrDiskFull, {}});
  journal_->Flush(absl::Minutes(1));
  ASSERT_TRUE(registration_->Info().outcome.has_value());
  EXPECT_EQ(registration_->Info().outcome->kind, Outcome::Kind::kResultsLost);
}

TEST_F(DurableRegistrationTest, AnUnregisterThatWaitsIsRefusedWhenTheJournalBeginsToFail) {
  ASSERT_EQ(Start(), absl::OkStatus());
  faults_->disk_full = true;
  const absl::Status refused = Await([this](const auto& done) { registration_->Unregister(done); });
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("no space left"));
  faults_->disk_full = false;
  EXPECT_TRUE(support::Eventually([this] { return journal_->status().ok(); }));
  EXPECT_EQ(Await([this](const auto& done) { registration_->Unregister(done); }), absl::OkStatus())
      << "asked again when there is room";
}

}  // namespace
}  // namespace rsca::actions
