// Says what changes in a directory tree.
#ifndef RSCA_SERVER_MANAGERS_FILE_TREE_WATCH_H_
#define RSCA_SERVER_MANAGERS_FILE_TREE_WATCH_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/managers/base/manager.h"
#include "server/managers/file/inotify.h"

namespace rsca::managers::file {

struct Change {
  // create, modify, move, delete; overflow, unwatched; root_deleted, root_moved, root_unmounted,
  // after which nothing follows.
  std::string_view event;
  std::string path;
  bool is_directory = false;
  std::string old_path = {};  // of a move
  std::string message = {};   // of what is no ordinary change
  HRESULT status = S_OK;      // S_FALSE: other changes may be missing
  bool final = false;
};

// Used by one thread at a time.
class TreeWatch {
 public:
  // Takes a change, in order. False ends the watch.
  using Sink = std::function<bool(const Change&)>;

  // `root`: absolute.
  TreeWatch(std::string root, bool recursive, Sink sink);

  // False and a failure when the root cannot be watched. What exists already is not a change.
  bool Open(Failure* failure);

  // Readable when there is something to handle.
  int fd() const { return inotify_->fd(); }

  // Handles some of what has happened; waits for nothing but the other half of a move. False when
  // there was nothing.
  bool Handle();

  // Whether the root is gone, or the sink wants no more.
  bool ended() const { return ended_; }

 private:
  struct Found {
    std::string path;
    bool announce;  // what is in it is new
    bool recheck;   // it may be watched already, and something below it may not
  };

  bool WatchRoot(Failure* failure);
  void WatchParent();
  void Add(Found directory);
  void AddOne(const Found& directory, std::vector<Found>* below);
  void Scan(int watch, const Found& directory, bool announce, std::vector<Found>* below);
  void OnEvent(const InotifyEvent& event);
  void OnRootEvent(uint32_t mask);
  void OnName(const InotifyEvent& event, const std::string& path);
  void OnAppeared(const InotifyEvent& event, const std::string& path);
  void OnMovedFrom(const InotifyEvent& event, const std::string& path);
  std::optional<InotifyEvent> TakeOtherHalf(uint32_t cookie);
  void RenameBelow(const std::string& from, const std::string& to);
  void ForgetBelow(const std::string& path);
  void StartAnew();
  void Unwatched(const std::string& path, int error);
  void End(Change change);
  void Emit(const Change& change);

  const std::string root_;
  const bool recursive_;
  const Sink sink_;
  std::optional<Inotify> inotify_;
  int root_watch_ = -1;
  int parent_watch_ = -1;
  std::string root_name_;                   // in its parent
  std::map<int, std::string> directories_;  // by watch
  std::deque<InotifyEvent> events_;
  // Directory and name of what a scan of a new directory has announced: its own event, which may be
  // yet to come, is no second creation.
  std::set<std::pair<int, std::string>> announced_;
  absl::Time last_scan_ = absl::InfinitePast();
  bool at_limit_ = false;
  bool ended_ = false;
};

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_TREE_WATCH_H_
