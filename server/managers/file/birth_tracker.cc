#include "server/managers/file/birth_tracker.h"

#include <sys/inotify.h>

#include <algorithm>

namespace rsca::managers::file {

void BirthTracker::Presume() {
  if (Birth* known = Find(name_)) {
    known->look = true;
    return;
  }
  Birth birth;
  birth.name = name_;
  birth.presumed = true;
  births_.push_back(std::move(birth));
}

void BirthTracker::OnEvent(const InotifyEvent& event) {
  if (event.mask & IN_MOVED_FROM) {
    if (Birth* birth = Find(event.name)) {
      birth->name.clear();
      birth->cookie = event.cookie;
      birth->look = true;
    }
    return;
  }
  if (event.mask & IN_DELETE) return Vanish(event.name);
  if (event.mask & IN_ATTRIB) {
    if (Birth* birth = Find(event.name)) birth->look = true;
    return;
  }
  if (!(event.mask & (IN_MOVED_TO | IN_CREATE))) return;
  Vanish(event.name);
  if (event.mask & IN_MOVED_TO) {
    const auto mover = std::find_if(births_.begin(), births_.end(), [&](const Birth& birth) {
      return birth.cookie == event.cookie;
    });
    if (mover != births_.end()) {
      mover->name = event.name;
      mover->cookie = 0;
      mover->look = true;
      return;
    }
  }
  if (event.name != name_) return;
  Birth birth;
  birth.name = name_;
  births_.push_back(std::move(birth));
}

bool BirthTracker::moving() const {
  return std::any_of(births_.begin(), births_.end(),
                     [](const Birth& birth) { return birth.cookie != 0; });
}

Birth* BirthTracker::Find(const std::string& name) {
  const auto found = std::find_if(births_.begin(), births_.end(),
                                  [&](const Birth& birth) { return birth.name == name; });
  return found == births_.end() ? nullptr : &*found;
}

// What had the name is deleted, or replaced by another file.
void BirthTracker::Vanish(const std::string& name) {
  if (Birth* birth = Find(name)) {
    birth->name.clear();
    birth->look = true;
  }
}

}  // namespace rsca::managers::file
