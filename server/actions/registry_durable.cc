// The registry and the journal: what a server finds at its start, and when the journal fails.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "server/actions/registry.h"

namespace rsca::actions {

absl::Status Registry::Recover() {
  std::vector<std::shared_ptr<Registration>> live;
  std::vector<std::shared_ptr<Registration>> ended;
  for (const journal::Journal::Recovered& recovered : context_.journal->TakeRecovered()) {
    absl::StatusOr<StoredRegistration> stored = DecodeStoredRegistration(recovered.record);
    if (!stored.ok()) {
      return absl::DataLossError(absl::StrCat("log ", recovered.place.log,
                                              " of the journal: ", stored.status().message(),
                                              "; `rsca-journal repair` mends it"));
    }
    auto registration = Registration::Recover(&context_, *stored, recovered.place);
    if (!registration.ok()) return registration.status();
    const bool lives = stored->state != State::kEnded;
    MutexLock lock(&mutex_);
    (lives ? live : ended).push_back(Keep(*std::move(registration), lives));
  }
  // Those that ended first are forgotten first.
  std::stable_sort(ended.begin(), ended.end(), [](const auto& one, const auto& other) {
    return one->ended_at() < other->ended_at();
  });
  const absl::Duration now = context_.journal->Now();
  for (const auto& registration : ended) {
    const absl::Duration kept = now - registration->ended_at();
    KeepEnded(registration,
              std::max(context_.limits.durable_ended_retention - kept, absl::ZeroDuration()));
  }
  for (const auto& registration : live) registration->Resume();
  if (!live.empty() || !ended.empty()) {
    LogInfo("took registrations over from the journal",
            {{"live", live.size()}, {"ended", ended.size()}});
  }
  if (context_.journal->damaged()) context_.journal->ClearDamage();
  return absl::OkStatus();
}

void Registry::OnJournalStatus(const absl::Status& status) {
  for (const auto& registration : All()) {
    if (registration->request().durable) registration->OnJournalStatus(status);
  }
}

}  // namespace rsca::actions
