#include "server/worker/channels.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "server/worker/run.h"

namespace rsca::worker {
namespace {

constexpr char kBusy[] =
    "every thread of the worker is in a plug-in call (`max_plugin_calls` of the pool); try again";

}  // namespace

bool Channels::Table::Put(uint64_t channel, std::shared_ptr<Session> session) {
  MutexLock lock(&mutex);
  return !closed && sessions.emplace(channel, std::move(session)).second;
}

std::shared_ptr<Session> Channels::Table::Get(uint64_t channel) {
  MutexLock lock(&mutex);
  const auto found = sessions.find(channel);
  return found == sessions.end() ? nullptr : found->second;
}

void Channels::Table::Remove(uint64_t channel) {
  std::shared_ptr<Session> dropped;  // destroyed after the lock
  MutexLock lock(&mutex);
  const auto found = sessions.find(channel);
  if (found == sessions.end()) return;
  dropped = std::move(found->second);
  sessions.erase(found);
}

std::vector<std::shared_ptr<Session>> Channels::Table::Close() {
  MutexLock lock(&mutex);
  closed = true;
  std::vector<std::shared_ptr<Session>> all;
  all.reserve(sessions.size());
  for (const auto& [channel, session] : sessions) all.push_back(session);
  return all;
}

Channels::Channels(const ReportLimits& limits, std::shared_ptr<ReportQueue> queue, Plugins* plugins,
                   PluginCallPool* pool, std::function<void(const v1::Started&)> send_started)
    : plugins_(plugins),
      pool_(pool),
      context_(std::make_shared<SessionContext>(
          SessionContext{limits, std::move(queue), pool, std::move(send_started),
                         [table = table_](uint64_t channel) { table->Remove(channel); }})) {}

// Sessions know the table and the table knows sessions.
Channels::~Channels() {
  std::unordered_map<uint64_t, std::shared_ptr<Session>> dropped;
  MutexLock lock(&table_->mutex);
  dropped.swap(table_->sessions);
}

void Channels::Start(const v1::Start& start) {
  const std::shared_ptr<const Function> function = plugins_->Find(start.function());
  const std::string name = absl::StrCat("`", start.function(), "`");
  if (function == nullptr) {
    Refuse(start, kHrNotFound, absl::StrCat("the worker has no function ", name));
    return;
  }
  const bool once = function->info.answers() == v1::FunctionInfo::ANSWERS_ONCE;
  if (start.run_once() && (!once || !function->manager->can_run())) {
    Refuse(start, E_NOTIMPL,
           absl::StrCat(name, once ? " cannot be run: its plug-in has no IPmCustomActions"
                                   : " answers many times: use RegisterCustomAction"));
  } else if (!start.run_once() && (once || !function->manager->can_register())) {
    Refuse(start, E_NOTIMPL,
           absl::StrCat(name, once || function->manager->can_run()
                                  ? " answers once: use RunCustomAction"
                                  : " cannot be registered: its plug-in has no IPmCustomActions2"));
  } else if (start.run_once()) {
    StartRun(start, function);
  } else {
    StartRegistration(start, function);
  }
}

void Channels::StartRun(const v1::Start& start, const std::shared_ptr<const Function>& function) {
  auto run = std::make_shared<Run>(function, context_, start.channel(), start.credit_bytes());
  if (!table_->Put(start.channel(), run)) {
    Refuse(start, kHrShuttingDown, "the worker is shutting down");
    return;
  }
  if (!pool_->TryRun([run, arguments = start.arguments()] { run->Start(arguments); })) {
    table_->Remove(start.channel());
    Refuse(start, kHrBusy, kBusy);
  }
}

void Channels::StartRegistration(const v1::Start& start,
                                 const std::shared_ptr<const Function>& function) {
  const std::shared_ptr<Registration> registration = RegistrationOf(function);
  const uint64_t channel = start.channel();
  if (!table_->Put(channel, registration)) {
    Refuse(start, kHrShuttingDown, "the worker is shutting down");
    return;
  }
  if (registration->Share(channel, start.credit_bytes(), start.arguments())) return;
  registration->Announce(channel);
  if (!pool_->TryRun(
          [registration, channel, credit = start.credit_bytes(), arguments = start.arguments()] {
            registration->Start(channel, credit, arguments);
          })) {
    registration->Withdraw(channel);
    table_->Remove(channel);
    Refuse(start, kHrBusy, kBusy);
  }
}

std::shared_ptr<Registration> Channels::RegistrationOf(
    const std::shared_ptr<const Function>& function) {
  if (function->manager->registers_by_number()) {
    return std::make_shared<Registration>(function, context_);
  }
  MutexLock lock(&mutex_);
  std::shared_ptr<Registration>& registration = by_name_[function->info.name()];
  if (registration == nullptr) registration = std::make_shared<Registration>(function, context_);
  return registration;
}

void Channels::Refuse(const v1::Start& start, HRESULT hresult, const std::string& message) {
  context_->send_started(Refused(start.channel(), hresult, message));
}

void Channels::Stop(const v1::Stop& stop) {
  const std::shared_ptr<Session> session = table_->Get(stop.channel());
  if (session != nullptr) session->Stop(stop.channel(), stop.discard());
}

void Channels::AddCredit(const CreditFrame& credit) {
  const std::shared_ptr<Session> session = table_->Get(credit.channel);
  if (session != nullptr) session->AddCredit(credit.channel, credit.bytes);
}

void Channels::RefuseReports(const v1::RefuseReports& refusal) {
  const std::shared_ptr<Session> session = table_->Get(refusal.channel());
  if (session != nullptr) session->RefuseReports(refusal.channel(), refusal.hresult());
}

void Channels::BeginShutdown() {
  for (const std::shared_ptr<Session>& session : table_->Close()) session->BeginShutdown();
}

void Channels::Abandon() {
  for (const std::shared_ptr<Session>& session : table_->Close()) session->Abandon();
}

}  // namespace rsca::worker
