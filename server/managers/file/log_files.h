// The files that a path names, one after the other: found and opened the moment they appear, on a
// thread of its own, so that none is missed while results wait for slow readers.
#ifndef RSCA_SERVER_MANAGERS_FILE_LOG_FILES_H_
#define RSCA_SERVER_MANAGERS_FILE_LOG_FILES_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "server/managers/base/manager.h"
#include "server/managers/base/unique_fd.h"
#include "server/managers/base/wake_event.h"
#include "server/managers/file/birth_tracker.h"
#include "server/managers/file/inotify.h"
#include "server/managers/file/path_watch.h"

namespace rsca::managers::file {

// A regular file that has the path, or had it.
struct LogFile {
  UniqueFd fd;
  dev_t device = 0;
  ino_t inode = 0;
  int watch = -1;
};

// Public methods are thread-safe; only one thread waits.
class LogFiles {
 public:
  // Files that are open at most. Further ones are opened, wherever they have been moved to by then,
  // once earlier ones are retired.
  static constexpr size_t kMaxFiles = 64;

  // Null and a failure when the path cannot be followed. `wait_for_file`: that there is no file yet
  // is none.
  static std::unique_ptr<LogFiles> Open(const std::string& path, bool wait_for_file,
                                        Failure* failure);
  ~LogFiles();

  // Oldest first. The last one has the path, or was the last to have it.
  std::vector<std::shared_ptr<const LogFile>> files();

  // Returns when there may be something new to read, or once nothing can be followed any more, or
  // after Interrupt.
  void WaitForChange();

  // Why files are not followed any more.
  std::optional<Failure> failure();

  // Ends the waiting, for good.
  void Interrupt();

  // The caller needs this file no more.
  void Retire(const std::shared_ptr<const LogFile>& file);

 private:
  explicit LogFiles(std::string path);

  void Run();
  // Takes in what has happened to names and files.
  void Follow();
  void ReadEvents();
  void OnEvent(const InotifyEvent& event);
  void Walk();
  void OpenBirths();
  void OpenBirth(Birth* birth);
  void TakeOverBirths();
  bool TakeOver(Birth* birth);
  bool HasRoom();
  void Fail(Failure failure);
  void Changed();

  // Used by the constructing thread, then by thread_ alone.
  const Inotify inotify_;
  PathWatch path_watch_;
  std::optional<BirthTracker> tracker_;
  bool must_walk_ = true;
  bool must_retry_ = false;
  bool has_changed_ = false;

  WakeEvent wake_;
  Mutex mutex_;
  CondVar condition_;
  std::vector<std::shared_ptr<const LogFile>> files_ ABSL_GUARDED_BY(mutex_);
  std::optional<Failure> failure_ ABSL_GUARDED_BY(mutex_);
  bool changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_LOG_FILES_H_
