// Follows, by a directory's events, where the files have gone that have had one name.
//
// A log that is rotated fast is renamed again before it could be opened: by the time its creation
// is known, `log` is another file, and the one that was created is `log.2`. Each time the name
// comes to be is a birth here, and moves and deletions of what was born are applied to it, so that
// every file is opened where it is now.
#ifndef RSCA_SERVER_MANAGERS_FILE_BIRTH_TRACKER_H_
#define RSCA_SERVER_MANAGERS_FILE_BIRTH_TRACKER_H_

#include <cstdint>
#include <list>
#include <string>

#include "server/managers/base/unique_fd.h"
#include "server/managers/file/inotify.h"

namespace rsca::managers::file {

// A file that has had the name, and that its follower has not taken over yet.
struct Birth {
  std::string name;       // its present one; empty once it is deleted or has left the directory
  uint32_t cookie = 0;    // not 0 between the two events of a move
  bool presumed = false;  // no event told of it; it may never have existed
  bool look = true;       // its name, or what has it, may have changed since it was opened
  int error = 0;          // why it could not be opened
  UniqueFd fd;            // what was found under its name
};

// Used by one thread at a time.
class BirthTracker {
 public:
  explicit BirthTracker(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }

  // A file may have the name already.
  void Presume();

  // One event of the directory, in order.
  void OnEvent(const InotifyEvent& event);

  // Oldest first. For opening and taking over.
  std::list<Birth>& births() { return births_; }

  // Whether a move is half known.
  bool moving() const;

 private:
  Birth* Find(const std::string& name);
  void Vanish(const std::string& name);

  const std::string name_;
  std::list<Birth> births_;
};

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_BIRTH_TRACKER_H_
