// The store of a running server: opened once, written by one thread, and opened anew when it has
// failed in a way that it cannot get out of itself.
#ifndef RSCA_SERVER_JOURNAL_STORE_KEEPER_H_
#define RSCA_SERVER_JOURNAL_STORE_KEEPER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "server/journal/commit_mark.h"
#include "server/journal/format.h"
#include "server/journal/holder.h"
#include "server/journal/store.h"

namespace rsca::journal {

// store() is thread-safe; the rest is for one thread at a time.
class StoreKeeper {
 public:
  // Makes the directory (mode 0700) and the journal if there is none. FAILED_PRECONDITION: somebody
  // else has it, or a newer version wrote it. DATA_LOSS: it is damaged; says where, and what to do.
  // One that a full disk does not let be written is opened to be read, until Heal succeeds.
  static absl::StatusOr<std::unique_ptr<StoreKeeper>> Open(const StoreOptions& options,
                                                           const std::string& boot_id);

  const std::string& directory() const { return options_.directory; }
  const Header& header() const { return header_; }

  // Nothing while it is opened anew.
  std::shared_ptr<Store> store() const;

  // Writes and notes it in the mark. `power_safe`: synced when this returns.
  absl::Status Write(rocksdb::WriteBatch* batch, bool power_safe);
  absl::Status Sync();

  // Writes the header of this version with what makes it of an older one.
  absl::Status Upgrade(rocksdb::WriteBatch* batch);

  // Notes how the files are left. Nothing is written afterwards.
  void Close();

  // An error that says where the damage is and what to do.
  absl::Status Damaged(absl::string_view what) const;

  // After a failure: whether it can be written again.
  absl::Status Heal();

 private:
  StoreKeeper(StoreOptions options, std::string boot_id)
      : options_(std::move(options)), boot_id_(std::move(boot_id)) {}

  absl::Status OpenStore();
  absl::StatusOr<std::shared_ptr<Store>> WritableStore() const;
  absl::Status CheckMark() const;
  absl::Status ReadOrMakeHeader();
  absl::Status Probe() const;
  absl::Status Note(bool power_safe);
  absl::Status NoteManifest();

  const StoreOptions options_;
  const std::string boot_id_;
  std::unique_ptr<Holder> holder_;
  std::unique_ptr<CommitMark> mark_file_;
  Mark mark_;  // as it was last noted
  Header header_;
  absl::Status unwritable_;  // why the store was opened only to be read
  mutable Mutex mutex_;
  std::shared_ptr<Store> store_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_STORE_KEEPER_H_
