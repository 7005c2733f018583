#include "server/actions/registry.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/actions/errors.h"
#include "server/actions/request_check.h"
#include "server/workers/pool_errors.h"

namespace rsca::actions {
namespace {

// Principals are names without zero bytes, so the key is unambiguous.
std::string RequestKey(const RegisterRequest& request) {
  return absl::StrCat(request.owner, std::string(1, '\0'), request.request_id);
}

}  // namespace

Registry::Registry(const Limits& limits, workers::WorkerPools* pools, journal::WindowBudget* budget,
                   journal::Journal* journal, Timers* timers, const ResultEncoder* encoder)
    : pools_(pools) {
  context_.limits = limits;
  context_.starter = pools;
  context_.timers = timers;
  context_.budget = budget;
  context_.journal = journal;
  context_.encoder = encoder;
  context_.owner = this;
}

Registry::~Registry() = default;

void Registry::Register(const RegisterRequest& request, const Callback& callback) {
  if (absl::Status status = CheckRegisterRequest(request, context_.limits); !status.ok()) {
    return callback(status);
  }
  const absl::StatusOr<workers::Function> function = FindFunction(request.function);
  if (!function.ok()) return callback(function.status());
  bool joined = false;
  auto registration = MakeOrJoin(request, *function, &joined);
  if (!registration.ok()) return callback(registration.status());
  (*registration)
      ->WhenStarted([registration = *registration, callback](const absl::Status& status) {
        if (status.ok()) {
          callback(registration);
        } else {
          callback(status);
        }
      });
  if (!joined) (*registration)->Begin();
}

absl::StatusOr<workers::Function> Registry::FindFunction(const std::string& name) const {
  std::optional<workers::Function> function = pools_->FindFunction(name);
  if (!function.has_value()) return ActionNotFound(name, pools_->gaps());
  if (!function->unavailable_reason.empty()) return workers::ActionUnavailable(*function);
  if (function->answers == workers::Answers::kOnce) return ActionAnswersOnce(name);
  return *std::move(function);
}

absl::StatusOr<std::shared_ptr<Registration>> Registry::MakeOrJoin(
    const RegisterRequest& request, const workers::Function& function, bool* joined) {
  const Limits& limits = context_.limits;
  MutexLock lock(&mutex_);
  if (draining_) return ServerIsDraining();
  if (!request.request_id.empty()) {
    const auto found = number_by_request_.find(RequestKey(request));
    if (found != number_by_request_.end()) {
      const std::shared_ptr<Registration>& known = by_number_.at(found->second);
      if (known->request().function != request.function ||
          known->request().arguments != request.arguments ||
          known->request().durable != request.durable) {
        return RequestIdInUse(request.request_id, known->name());
      }
      *joined = true;
      return known;
    }
  }
  if (request.durable) {
    const absl::Status journal = context_.journal->status();
    if (!journal.ok()) return JournalUnavailable(journal);
  }
  if (live_ >= limits.registrations) {
    return LimitExceeded("registrations", limits.registrations,
                         absl::StrCat("the server has ", live_, " live registrations"));
  }
  const auto owned = live_by_owner_.find(request.owner);
  if (owned != live_by_owner_.end() && owned->second >= limits.registrations_per_principal) {
    return LimitExceeded(
        "registrations_per_principal", limits.registrations_per_principal,
        absl::StrCat(request.owner, " has ", owned->second, " live registrations"));
  }
  auto made = Registration::Make(&context_, request, function);
  if (!made.ok()) return made.status();
  return Keep(*std::move(made), /*live=*/true);
}

std::shared_ptr<Registration> Registry::Keep(std::shared_ptr<Registration> registration,
                                             bool live) {
  const uint64_t number = ++last_number_;
  by_number_[number] = registration;
  number_by_id_[registration->id()] = number;
  const RegisterRequest& request = registration->request();
  if (!request.request_id.empty()) number_by_request_[RequestKey(request)] = number;
  if (live) {
    ++live_;
    ++live_by_owner_[request.owner];
  }
  return registration;
}

absl::StatusOr<std::shared_ptr<Registration>> Registry::Find(const std::string& name) const {
  absl::string_view id = name;
  if (!absl::ConsumePrefix(&id, "registrations/")) {
    return InvalidField("name", "is not of the form registrations/{id}");
  }
  MutexLock lock(&mutex_);
  const auto found = number_by_id_.find(std::string(id));
  if (found == number_by_id_.end()) return RegistrationNotFound(name);
  return by_number_.at(found->second);
}

std::vector<std::shared_ptr<Registration>> Registry::FindByFunction(
    const std::string& owner, const std::string& function) const {
  std::vector<std::shared_ptr<Registration>> candidates;
  {
    MutexLock lock(&mutex_);
    for (const auto& [number, registration] : by_number_) {
      const RegisterRequest& request = registration->request();
      if (request.owner == owner && request.function == function) {
        candidates.push_back(registration);
      }
    }
  }
  std::vector<std::shared_ptr<Registration>> live;
  for (auto& registration : candidates) {
    if (registration->Info().state != State::kEnded) live.push_back(std::move(registration));
  }
  return live;
}

Registry::Page Registry::List(uint64_t from, size_t most) const {
  Page page;
  MutexLock lock(&mutex_);
  for (auto entry = by_number_.lower_bound(from); entry != by_number_.end(); ++entry) {
    if (page.registrations.size() == most) {
      page.next = entry->first;
      break;
    }
    page.registrations.push_back(entry->second);
  }
  return page;
}

void Registry::Drain() {
  {
    MutexLock lock(&mutex_);
    draining_ = true;
  }
  for (const auto& registration : All()) registration->Drain();
}

std::vector<std::shared_ptr<Registration>> Registry::All() const {
  std::vector<std::shared_ptr<Registration>> all;
  MutexLock lock(&mutex_);
  all.reserve(by_number_.size());
  for (const auto& [number, registration] : by_number_) all.push_back(registration);
  return all;
}

void Registry::OnEnded(const Registration& registration) {
  MutexLock lock(&mutex_);
  --live_;
  const auto owner = live_by_owner_.find(registration.request().owner);
  if (--owner->second == 0) live_by_owner_.erase(owner);
}

void Registry::OnOver(const std::shared_ptr<Registration>& registration, bool refused) {
  if (refused) return Forget(registration->id());
  KeepEnded(registration, registration->request().durable ? context_.limits.durable_ended_retention
                                                          : context_.limits.ended_retention);
}

// For a while, for late clients, but no more of them than may live.
void Registry::KeepEnded(const std::shared_ptr<Registration>& registration, absl::Duration time) {
  const bool durable = registration->request().durable;
  std::string overflow;
  {
    MutexLock lock(&mutex_);
    std::deque<std::string>& ended = durable ? ended_durable_ : ended_;
    ended.push_back(registration->id());
    if (ended.size() > context_.limits.registrations) overflow = ended.front();
  }
  if (!overflow.empty()) Forget(overflow);
  context_.timers->After(time, [weak = weak_from_this(), id = registration->id()] {
    if (const auto self = weak.lock()) self->Forget(id);
  });
}

void Registry::Forget(const std::string& id) {
  std::shared_ptr<Registration> forgotten;  // destroyed after the lock is released
  MutexLock lock(&mutex_);
  // Those that ended first are forgotten first.
  for (std::deque<std::string>* ended : {&ended_, &ended_durable_}) {
    if (!ended->empty() && ended->front() == id) ended->pop_front();
  }
  const auto found = number_by_id_.find(id);
  if (found == number_by_id_.end()) return;
  const auto entry = by_number_.find(found->second);
  forgotten = std::move(entry->second);
  by_number_.erase(entry);
  number_by_id_.erase(found);
  if (!forgotten->request().request_id.empty()) {
    number_by_request_.erase(RequestKey(forgotten->request()));
  }
  if (forgotten->request().durable) forgotten->Forget();
}

}  // namespace rsca::actions
