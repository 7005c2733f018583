// IPmApplicationPreload, at the start and on demand.
#include "common/hresult.h"
#include "tests/unit/server/worker/everything_fixture.h"

namespace rsca::worker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class PreloadingTest : public EverythingFixture {
 protected:
  PreloadingTest() {
    AddApplication("shop", 7, true);
    AddApplication("blog", 8, false);
  }
};

TEST_F(PreloadingTest, ApplicationsThatWantItArePreloadedAfterReady) {
  AddEverything();
  StartWorker();
  EXPECT_THAT(server_.WaitPreloaded(0, "shop").failures(), IsEmpty());
  EXPECT_THAT(Act("calls"), HasSubstr("PreloadApplication 7 MACHINE/shop\n"));
  EXPECT_THAT(Act("calls"), Not(HasSubstr("blog")));
}

TEST_F(PreloadingTest, APluginLearnsThatTheWorkerIsRecycled) {
  bootstrap_.set_recycled(true);
  AddEverything();
  StartWorker();
  server_.WaitPreloaded(0, "shop");
  EXPECT_THAT(Act("calls"), HasSubstr("PreloadApplication 7 MACHINE/shop recycled\n"));
}

TEST_F(PreloadingTest, TheServerMayAskAtAnyTime) {
  AddEverything();
  StartWorker();
  server_.Preload(1, "blog");
  EXPECT_THAT(server_.WaitPreloaded(1, "blog").failures(), IsEmpty());
  EXPECT_THAT(Act("calls"), HasSubstr("PreloadApplication 8 MACHINE/blog\n"));
}

TEST_F(PreloadingTest, AFailingCallIsReported) {
  AddEverything();
  StartWorker();
  server_.WaitPreloaded(0, "shop");
  Act("preloading", "error");
  server_.Preload(1, "shop");
  const v1::Preloaded preloaded = server_.WaitPreloaded(1, "shop");
  ASSERT_THAT(preloaded.failures(), SizeIs(1));
  EXPECT_EQ(preloaded.failures(0).protocol_manager(), "everything");
  EXPECT_EQ(preloaded.failures(0).hresult(), E_OUTOFMEMORY);
}

TEST_F(PreloadingTest, WhatAPluginReportsBelongsToThePreloadingThatIsUnderWay) {
  AddEverything();
  StartWorker();
  server_.WaitPreloaded(0, "shop");
  Act("preloading", "report");
  server_.Preload(1, "shop");
  const v1::Preloaded preloaded = server_.WaitPreloaded(1, "shop");
  ASSERT_THAT(preloaded.failures(), SizeIs(1));
  EXPECT_EQ(preloaded.failures(0).hresult(), E_ABORT);
  EXPECT_EQ(preloaded.failures(0).reason(), "the cache is cold");
}

TEST_F(PreloadingTest, AFailureThatIsReportedLaterIsNewsOfItsOwnButNotWithoutEnd) {
  AddEverything();
  StartWorker();
  EXPECT_THAT(server_.WaitPreloaded(0, "shop").failures(), IsEmpty());
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(Act("preload_failure", "MACHINE/shop"), "0x0");
    EXPECT_THAT(server_.WaitPreloaded(0, "shop").failures(), SizeIs(1));
  }
  EXPECT_EQ(Act("preload_failure", "MACHINE/shop"), "0x80070718");  // ERROR_NOT_ENOUGH_QUOTA
}

TEST_F(PreloadingTest, AnUnknownApplicationIsNotFound) {
  AddEverything();
  StartWorker();
  server_.Preload(1, "wiki");
  const v1::Preloaded preloaded = server_.WaitPreloaded(1, "wiki");
  ASSERT_THAT(preloaded.failures(), SizeIs(1));
  EXPECT_EQ(preloaded.failures(0).hresult(), kHrNotFound);
}

TEST_F(PreloadingTest, WithoutAPluginThatPreloadsAnApplicationIsNotPreloaded) {
  AddPuppet();
  StartWorker();
  const v1::Preloaded preloaded = server_.WaitPreloaded(0, "shop");
  ASSERT_THAT(preloaded.failures(), SizeIs(1));
  EXPECT_EQ(preloaded.failures(0).hresult(), E_NOINTERFACE);
}

}  // namespace
}  // namespace rsca::worker
