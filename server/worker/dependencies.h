// Which protocol managers use which: a graph without cycles.
#ifndef RSCA_SERVER_WORKER_DEPENDENCIES_H_
#define RSCA_SERVER_WORKER_DEPENDENCIES_H_

#include <cstddef>
#include <map>
#include <vector>

namespace rsca::worker {

// Nodes are numbers, 0 and up. Not thread-safe.
class Dependencies {
 public:
  // Empty, and `user` uses `used` from here on: once more if it did already. Else nothing has
  // changed and the answer is the cycle that it would have closed, from `user` to `user`.
  std::vector<size_t> Add(size_t user, size_t used);
  // Takes one Add back.
  void Remove(size_t user, size_t used);

  bool Uses(size_t user, size_t used) const;

  // The nodes below `count`, each before those that it uses.
  std::vector<size_t> UsersFirst(size_t count) const;

 private:
  // From one node to another along uses; empty if there is no way.
  std::vector<size_t> Path(size_t from, size_t to) const;

  std::map<size_t, std::map<size_t, int>> uses_;  // user, used, how often
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_DEPENDENCIES_H_
