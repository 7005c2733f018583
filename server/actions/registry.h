// All registrations of the server: making, finding, joining, forgetting.
#ifndef RSCA_SERVER_ACTIONS_REGISTRY_H_
#define RSCA_SERVER_ACTIONS_REGISTRY_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "server/actions/registration.h"
#include "server/workers/worker_pools.h"

namespace rsca::actions {

// Thread-safe. Made by make_shared: its timers hold it weakly.
class Registry final : public RegistrationOwner, public std::enable_shared_from_this<Registry> {
 public:
  using Callback = std::function<void(absl::StatusOr<std::shared_ptr<Registration>>)>;

  // The arguments outlive the registry.
  Registry(const Limits& limits, workers::WorkerPools* pools, journal::WindowBudget* budget,
           journal::Journal* journal, Timers* timers, const ResultEncoder* encoder);
  ~Registry() override;

  // Makes a registration, or joins the one that the same owner made with the same request_id. Calls
  // back once, on any thread, perhaps before it returns: when the plug-in has accepted, or with why
  // not.
  void Register(const RegisterRequest& request, const Callback& callback);

  // By `registrations/{id}`. NOT_FOUND.
  absl::StatusOr<std::shared_ptr<Registration>> Find(const std::string& name) const;

  // The owner's live registrations of a function, oldest first.
  std::vector<std::shared_ptr<Registration>> FindByFunction(const std::string& owner,
                                                            const std::string& function) const;

  struct Page {
    std::vector<std::shared_ptr<Registration>> registrations;
    uint64_t next = 0;  // 0: no further page
  };
  // Oldest first; `from` is 0 or the `next` of the page before.
  Page List(uint64_t from, size_t most) const;

  // Registers nothing any more.
  void Drain();

  // Takes over what is in the journal: those that lived begin again or end, the others are kept for
  // what is left of their time. Before anything is registered.
  absl::Status Recover();

  // See journal::JournalListener.
  void OnJournalStatus(const absl::Status& status);

  void OnEnded(const Registration& registration) override;
  void OnOver(const std::shared_ptr<Registration>& registration, bool refused) override;

 private:
  absl::StatusOr<std::shared_ptr<Registration>> MakeOrJoin(const RegisterRequest& request,
                                                           const workers::Function& function,
                                                           bool* joined);
  absl::StatusOr<workers::Function> FindFunction(const std::string& name) const;
  std::shared_ptr<Registration> Keep(std::shared_ptr<Registration> registration, bool live)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void KeepEnded(const std::shared_ptr<Registration>& registration, absl::Duration time);
  std::vector<std::shared_ptr<Registration>> All() const;
  void Forget(const std::string& id);

  workers::WorkerPools* const pools_;
  RegistrationContext context_;

  mutable Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  uint32_t live_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, std::shared_ptr<Registration>> by_number_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, uint64_t> number_by_id_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, uint64_t> number_by_request_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, uint32_t> live_by_owner_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> ended_ ABSL_GUARDED_BY(mutex_);  // ids, in the order of ending
  std::deque<std::string> ended_durable_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rsca::actions

#endif  // RSCA_SERVER_ACTIONS_REGISTRY_H_
