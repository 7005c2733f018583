#include "server/journal/store.h"

#include <gtest/gtest.h>
#include <rocksdb/write_batch.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace rsca::journal {
namespace {

TEST(Store, MergesItsFilesOnlyWhenItIsToldTo) {
  const support::TempDir directory;
  StoreOptions options;
  options.directory = directory.path();
  // Each time it is opened, what was in the write-ahead log becomes a file.
  constexpr int kFiles = 10;
  for (int i = 0; i < kFiles; ++i) {
    const auto store = Store::Open(options);
    ASSERT_TRUE(store.ok()) << store.status();
    rocksdb::WriteBatch batch;
    batch.Put("a", absl::StrCat(i));
    batch.Put("b", absl::StrCat(i));
    ASSERT_TRUE((*store)->Write(&batch, /*sync=*/true).ok());
  }
  const auto store = Store::Open(options);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->Files().size(), kFiles);
  ASSERT_TRUE((*store)->BeginMerging().ok());
  EXPECT_TRUE(support::Eventually([&] { return (*store)->Files().size() == 1; }));
  EXPECT_TRUE((*store)->BeginMerging().ok()) << "again";
}

}  // namespace
}  // namespace rsca::journal
