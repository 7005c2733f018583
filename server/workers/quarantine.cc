#include "server/workers/quarantine.h"

#include "absl/time/clock.h"

namespace rsca::workers {

std::vector<QuarantinedFunction> Quarantine::OnDeath(const std::vector<std::string>& suspects,
                                                     absl::Duration now) {
  std::vector<QuarantinedFunction> refused;
  for (auto entry = deaths_.begin(); entry != deaths_.end();) {
    entry = entry->second.Count(limits_, now) == 0 ? deaths_.erase(entry) : std::next(entry);
  }
  for (const std::string& function : suspects) {
    FailureWindow& deaths = deaths_[function];
    if (!deaths.Add(limits_, now) || entries_.count(function) > 0) continue;
    Entry& entry = entries_[function];
    entry.info = {function, deaths.Count(limits_, now), absl::Now() + duration_};
    entry.until = now + duration_;
    refused.push_back(entry.info);
    deaths_.erase(function);
  }
  return refused;
}

std::optional<QuarantinedFunction> Quarantine::Find(const std::string& function, absl::Duration now,
                                                    absl::Duration* left) const {
  const auto found = entries_.find(function);
  if (found == entries_.end() || found->second.until <= now) return std::nullopt;
  *left = found->second.until - now;
  return found->second.info;
}

std::vector<std::string> Quarantine::Release(absl::Duration now) {
  std::vector<std::string> released;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.until <= now) {
      released.push_back(entry->first);
      entry = entries_.erase(entry);
    } else {
      ++entry;
    }
  }
  return released;
}

std::vector<QuarantinedFunction> Quarantine::functions() const {
  std::vector<QuarantinedFunction> functions;
  for (const auto& [name, entry] : entries_) functions.push_back(entry.info);
  return functions;
}

}  // namespace rsca::workers
