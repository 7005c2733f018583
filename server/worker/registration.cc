#include "server/worker/registration.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "server/worker/callback.h"

namespace rsca::worker {
namespace {

v1::Started StoppedEarly(uint64_t channel) {
  return Refused(channel, kHrCancelled, "the registration was stopped before it began");
}

std::string Excerpt(const std::string& arguments) {
  constexpr size_t kMost = 200;
  if (arguments.size() <= kMost) return absl::StrCat("`", absl::Utf8SafeCHexEscape(arguments), "`");
  return absl::StrCat("`", absl::CHexEscape(arguments.substr(0, kMost)), "`…");
}

}  // namespace

Registration::Registration(std::shared_ptr<const Function> function,
                           std::shared_ptr<const SessionContext> context)
    : function_(std::move(function)), context_(std::move(context)) {}

bool Registration::Share(uint64_t channel, uint64_t credit, const std::string& arguments) {
  {
    MutexLock lock(&mutex_);
    if (conversation_ == nullptr || unregister_ || arguments != first_.arguments) return false;
    if (working_) {
      waiting_.push_back(Request{channel, credit, arguments, first_.wide_arguments});
      return true;
    }
    if (!conversation_->Join(channel, credit)) return false;
  }
  Answer({Accepted(channel)});
  return true;
}

void Registration::Announce(uint64_t channel) {
  MutexLock lock(&mutex_);
  announced_.emplace(channel, Announced{});
}

void Registration::Withdraw(uint64_t channel) {
  MutexLock lock(&mutex_);
  announced_.erase(channel);
}

void Registration::Start(uint64_t channel, uint64_t credit, const std::string& arguments) {
  CheckedArguments checked = CheckArguments(*function_, arguments);
  Answers answers;
  bool work = false;
  {
    MutexLock lock(&mutex_);
    const Announced announced = announced_[channel];
    announced_.erase(channel);
    if (FAILED(checked.refusal.hresult())) {
      checked.refusal.set_channel(channel);
      answers.push_back(std::move(checked.refusal));
    } else if (announced.stopped) {
      answers.push_back(StoppedEarly(channel));
    } else {
      waiting_.push_back(
          Request{channel, credit, arguments, std::move(checked.text), announced.refusing});
      work = !std::exchange(working_, true);
    }
  }
  Answer(answers);
  if (work) Work();
}

void Registration::Work() {
  while (true) {
    Answers answers;
    Next next;
    {
      MutexLock lock(&mutex_);
      next = Decide(&answers);
      if (next == Next::kNothing) working_ = false;
    }
    Answer(answers);
    if (next == Next::kNothing) return;
    if (next == Next::kRegister) Register();
    if (next == Next::kUnregister) Unregister();
  }
}

Registration::Next Registration::Decide(Answers* answers) {
  if (conversation_ != nullptr && conversation_->over()) {
    conversation_ = nullptr;  // by a final result, or dropped: the name is free
    unregister_ = false;
  }
  if (conversation_ != nullptr && !unregister_) Admit(answers);
  if (std::exchange(stop_first_, false)) LeaveConversation(first_.channel);
  if (conversation_ != nullptr) return unregister_ ? Next::kUnregister : Next::kNothing;
  if (shutting_down_) {
    for (const Request& request : waiting_) {
      answers->push_back(Refused(request.channel, kHrShuttingDown, "the worker is shutting down"));
    }
    waiting_.clear();
  }
  if (waiting_.empty()) return Next::kNothing;
  first_ = std::move(waiting_.front());
  waiting_.pop_front();
  conversation_ = std::make_shared<Conversation>(function_->info.name(), context_->limits,
                                                 context_->queue, context_->gone);
  Join(first_);
  registering_ = true;
  return Next::kRegister;
}

bool Registration::Join(const Request& request) {
  return conversation_->Join(request.channel, request.credit, request.refusing);
}

// Those that wait share the registration, or are refused, while there is one.
void Registration::Admit(Answers* answers) {
  while (!waiting_.empty()) {
    const Request& request = waiting_.front();
    if (request.arguments != first_.arguments) {
      answers->push_back(Refused(
          request.channel, HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS),
          absl::StrCat("`", function_->info.name(),
                       "` is registered already, and its plug-in can hold one registration of a "
                       "function at a time; the arguments in force are ",
                       Excerpt(first_.arguments))));
    } else if (Join(request)) {
      answers->push_back(Accepted(request.channel));
    } else {
      conversation_ = nullptr;
      return;
    }
    waiting_.pop_front();
  }
}

void Registration::Register() {
  std::shared_ptr<Conversation> conversation;
  Request first;
  {
    MutexLock lock(&mutex_);
    conversation = conversation_;
    first = first_;
  }
  WpfPtr<ICustomAction2ResultCallback> callback = MakeRegistrationCallback(conversation);
  const CallResult result = function_->manager->Register(first.channel, function_->name,
                                                         first.wide_arguments, callback.Get());
  Answers answers = {FromCall(first.channel, "RegisterCustomActionCallback", result)};
  {
    MutexLock lock(&mutex_);
    registering_ = false;
    if (FAILED(result.hresult)) {
      if (std::string why = conversation->failure(); !why.empty()) {
        answers.front().set_message(std::move(why));
      }
      conversation_ = nullptr;
      stop_first_ = false;
      FailAlike(answers.front(), &answers);
    }
  }
  if (FAILED(result.hresult)) conversation->Fail();
  Answer(answers);
  // Only now may the plug-in's reference be the last: `Started` comes before the end.
}

// Equal requests that came during a failed call share the failure.
void Registration::FailAlike(const v1::Started& failure, Answers* answers) {
  std::deque<Request> others;
  v1::Started answer = failure;
  for (Request& request : waiting_) {
    if (request.arguments == first_.arguments) {
      answer.set_channel(request.channel);
      answers->push_back(answer);
    } else {
      others.push_back(std::move(request));
    }
  }
  waiting_.swap(others);
}

void Registration::Unregister() {
  std::shared_ptr<Conversation> conversation;
  uint64_t id;
  {
    MutexLock lock(&mutex_);
    conversation = conversation_;
    id = first_.channel;
  }
  const CallResult result = function_->manager->Unregister(id, function_->name);
  conversation->EndAll(ReportKind::kUnregistered, result.hresult);
  MutexLock lock(&mutex_);
  conversation_ = nullptr;
  unregister_ = false;
}

void Registration::Stop(uint64_t channel, bool discard) {
  Answers answers;
  bool work = false;
  {
    MutexLock lock(&mutex_);
    if (!StopBeforeStart(channel, &answers) && conversation_ != nullptr) {
      if (discard) conversation_->Discard(channel);
      if (!registering_) {
        LeaveConversation(channel);
      } else if (channel == first_.channel) {
        stop_first_ = true;
      }
      work = unregister_ && !std::exchange(working_, true);
    }
  }
  Answer(answers);
  if (work) context_->pool->RunWhenFree([self = shared_from_this()] { self->Work(); });
}

bool Registration::StopBeforeStart(uint64_t channel, Answers* answers) {
  const auto announced = announced_.find(channel);
  if (announced != announced_.end()) {
    announced->second.stopped = true;
    return true;
  }
  const auto waiting =
      std::find_if(waiting_.begin(), waiting_.end(),
                   [channel](const Request& request) { return request.channel == channel; });
  if (waiting == waiting_.end()) return false;
  answers->push_back(StoppedEarly(channel));
  waiting_.erase(waiting);
  return true;
}

void Registration::LeaveConversation(uint64_t channel) {
  if (conversation_ == nullptr || unregister_) return;
  unregister_ = conversation_->Leave(channel) == Conversation::Leaving::kLast;
}

void Registration::AddCredit(uint64_t channel, uint64_t bytes) {
  std::shared_ptr<Conversation> conversation;
  {
    MutexLock lock(&mutex_);
    conversation = conversation_;
  }
  if (conversation != nullptr) conversation->AddCredit(channel, bytes);
}

// It never comes before the channel's Start; but the channel may be anywhere on its way from there
// into the conversation.
void Registration::RefuseReports(uint64_t channel, HRESULT hresult) {
  MutexLock lock(&mutex_);
  if (const auto announced = announced_.find(channel); announced != announced_.end()) {
    announced->second.refusing = hresult;
    return;
  }
  for (Request& request : waiting_) {
    if (request.channel == channel) request.refusing = hresult;
  }
  if (conversation_ != nullptr) conversation_->RefuseReports(channel, hresult);
}

void Registration::BeginShutdown() {
  MutexLock lock(&mutex_);
  shutting_down_ = true;
  if (conversation_ != nullptr) conversation_->BeginShutdown();
}

void Registration::Abandon() {
  std::shared_ptr<Conversation> conversation;
  {
    MutexLock lock(&mutex_);
    shutting_down_ = true;
    conversation = conversation_;
  }
  if (conversation != nullptr) conversation->Abandon();
}

// A channel that was refused is gone.
void Registration::Answer(const Answers& answers) {
  for (const v1::Started& started : answers) {
    if (FAILED(started.hresult())) context_->gone(started.channel());
    context_->send_started(started);
  }
}

}  // namespace rsca::worker
