#include "server/worker/dependencies.h"

#include <algorithm>
#include <functional>

namespace rsca::worker {

std::vector<size_t> Dependencies::Add(size_t user, size_t used) {
  std::vector<size_t> cycle = Path(used, user);
  if (!cycle.empty()) {
    cycle.insert(cycle.begin(), user);
    return cycle;
  }
  ++uses_[user][used];
  return {};
}

void Dependencies::Remove(size_t user, size_t used) {
  const auto found = uses_.find(user);
  if (found == uses_.end()) return;
  const auto use = found->second.find(used);
  if (use != found->second.end() && --use->second == 0) found->second.erase(use);
}

bool Dependencies::Uses(size_t user, size_t used) const {
  const auto found = uses_.find(user);
  return found != uses_.end() && found->second.count(used) > 0;
}

std::vector<size_t> Dependencies::Path(size_t from, size_t to) const {
  if (from == to) return {to};
  const auto found = uses_.find(from);
  if (found == uses_.end()) return {};
  for (const auto& [next, count] : found->second) {
    std::vector<size_t> path = Path(next, to);
    if (path.empty()) continue;
    path.insert(path.begin(), from);
    return path;
  }
  return {};
}

std::vector<size_t> Dependencies::UsersFirst(size_t count) const {
  std::vector<size_t> used_first;
  std::vector<bool> seen(count, false);
  const std::function<void(size_t)> visit = [&](size_t node) {
    if (seen[node]) return;
    seen[node] = true;
    const auto found = uses_.find(node);
    if (found != uses_.end()) {
      for (const auto& [used, times] : found->second) visit(used);
    }
    used_first.push_back(node);
  };
  for (size_t node = 0; node < count; ++node) visit(node);
  std::reverse(used_first.begin(), used_first.end());
  return used_first;
}

}  // namespace rsca::worker
