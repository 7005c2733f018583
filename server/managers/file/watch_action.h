// file.watch at work: reports what changes in a directory tree, one JSON object a change.
#ifndef RSCA_SERVER_MANAGERS_FILE_WATCH_ACTION_H_
#define RSCA_SERVER_MANAGERS_FILE_WATCH_ACTION_H_

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "server/managers/base/manager.h"
#include "server/managers/base/wake_event.h"
#include "server/managers/file/tree_watch.h"

namespace rsca::managers::file {

class WatchAction final : public Action {
 public:
  // Watches from before it returns. Null and a failure when the directory cannot be watched.
  static std::unique_ptr<Action> Start(const std::string& path, bool recursive, Reporter reporter,
                                       Failure* failure);
  ~WatchAction() override;
  void Stop() override;

 private:
  WatchAction(const std::string& path, bool recursive, Reporter reporter);

  void Run();
  bool Report(const Change& change);

  const Reporter reporter_;
  WakeEvent wake_;
  std::atomic<bool> stopping_{false};
  TreeWatch tree_;  // used by the constructing thread, then by thread_ alone
  std::thread thread_;
};

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_WATCH_ACTION_H_
