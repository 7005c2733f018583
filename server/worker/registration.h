// Registrations of one function with one plug-in: who shares them, and the plug-in calls that they
// need, one after the other.
//
// A plain plug-in is told a name only when it is to unregister. So all channels of a function share
// one Registration: the first Start registers, an equal one joins it, one with other arguments is
// refused, the last Stop unregisters. A plug-in that tells registrations apart by number gets a
// Registration for each channel.
//
// At most one thread is inside the plug-in for a Registration. Whoever is there goes on with what
// has come meanwhile; the others leave their wish here and go.
#ifndef RSCA_SERVER_WORKER_REGISTRATION_H_
#define RSCA_SERVER_WORKER_REGISTRATION_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "server/worker/session.h"

namespace rsca::worker {

class Registration final : public Session, public std::enable_shared_from_this<Registration> {
 public:
  Registration(std::shared_ptr<const Function> function,
               std::shared_ptr<const SessionContext> context);

  // Shares the registration that is in force or being made, where there is one with these very
  // arguments: that needs neither a check nor a plug-in call. Else false, and nothing has happened.
  bool Share(uint64_t channel, uint64_t credit, const std::string& arguments);

  // `Start` will be called for the channel; a Stop that comes first is remembered.
  void Announce(uint64_t channel);
  // It will not.
  void Withdraw(uint64_t channel);
  // Checks the arguments and sees to it that `Started` is answered. May take as long as the plug-in
  // does.
  void Start(uint64_t channel, uint64_t credit, const std::string& arguments);

  void Stop(uint64_t channel, bool discard) override;
  void AddCredit(uint64_t channel, uint64_t bytes) override;
  void RefuseReports(uint64_t channel, HRESULT hresult) override;
  void BeginShutdown() override;
  void Abandon() override;

 private:
  enum class Next { kNothing, kRegister, kUnregister };

  // What has come for a channel before its Start was checked.
  struct Announced {
    bool stopped = false;
    HRESULT refusing = S_OK;
  };

  // A checked Start.
  struct Request {
    uint64_t channel;
    uint64_t credit;
    std::string arguments;
    std::wstring wide_arguments;
    HRESULT refusing = S_OK;
  };

  using Answers = std::vector<v1::Started>;

  void Work();
  Next Decide(Answers* answers) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // False when the conversation is over.
  bool Join(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Admit(Answers* answers) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Register();
  void Unregister();
  void FailAlike(const v1::Started& failure, Answers* answers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool StopBeforeStart(uint64_t channel, Answers* answers) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeaveConversation(uint64_t channel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Answer(const Answers& answers);

  const std::shared_ptr<const Function> function_;
  const std::shared_ptr<const SessionContext> context_;

  Mutex mutex_;
  std::map<uint64_t, Announced> announced_ ABSL_GUARDED_BY(mutex_);
  std::deque<Request> waiting_ ABSL_GUARDED_BY(mutex_);
  Request first_ ABSL_GUARDED_BY(mutex_) = {};  // whose arguments the plug-in was given
  std::shared_ptr<Conversation> conversation_ ABSL_GUARDED_BY(mutex_);  // null: not registered
  bool working_ ABSL_GUARDED_BY(mutex_) = false;                        // a thread is in Work
  bool registering_ ABSL_GUARDED_BY(mutex_) = false;  // in the plug-in's register call
  bool stop_first_ ABSL_GUARDED_BY(mutex_) = false;   // a Stop came during that call
  bool unregister_ ABSL_GUARDED_BY(mutex_) = false;   // the last channel wants to leave
  bool shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_REGISTRATION_H_
