// Watches every directory on the way to a file, so that whatever makes a path name another file is
// noticed: a rename, a new symbolic link, a directory that vanishes and comes again.
#ifndef RSCA_SERVER_MANAGERS_FILE_PATH_WATCH_H_
#define RSCA_SERVER_MANAGERS_FILE_PATH_WATCH_H_

#include <map>
#include <set>
#include <string>

#include "server/managers/base/unique_fd.h"
#include "server/managers/file/inotify.h"

namespace rsca::managers::file {

// Used by one thread at a time. `inotify` must outlive it.
class PathWatch {
 public:
  PathWatch(const Inotify* inotify, std::string path) : inotify_(inotify), path_(std::move(path)) {}

  // Follows the path from the root, symbolic links included, and puts the watches where they have
  // to be now. A path that leads nowhere is watched as far as it goes. False with a failure when
  // the directory cannot be opened or watched that would hold the file.
  bool Walk(Failure* failure);

  // Whether an event means that the path has to be walked again.
  bool Affects(const InotifyEvent& event) const;

  // The directory that holds the file, and the file's name in it, after links; none (and empty)
  // while the path does not lead there.
  int directory() const { return directory_.Get(); }
  const std::string& name() const { return name_; }
  // Of that directory; -1 is none.
  int watch() const { return watch_; }

 private:
  // Which names in a watched directory are steps of the path; the last one's is not among them.
  using Steps = std::map<int, std::set<std::string>>;

  bool Arrive(const std::string& directory, const std::string& name, Steps* steps,
              Failure* failure);
  void Replace(Steps steps);

  const Inotify* const inotify_;
  const std::string path_;
  Steps steps_;
  UniqueFd directory_;
  std::string name_;
  int watch_ = -1;
};

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_PATH_WATCH_H_
