#include "server/rpc/unregister_custom_action.h"

#include <utility>
#include <vector>

#include "common/mutex.h"
#include "server/actions/errors.h"
#include "server/rpc/open_stream.h"

namespace rsca::rpc {
namespace {

using Registrations = std::vector<std::shared_ptr<actions::Registration>>;

// Where a stream begins that is to show only what has not been reported, and always the final
// result.
uint64_t NotYetReported(const actions::Registration& registration) {
  const actions::RegistrationInfo info = registration.Info();
  return info.state == actions::State::kEnded ? info.last_sequence - 1 : info.last_sequence;
}

// Opens the stream once all are asked to end in a way that lasts.
class Unregistered {
 public:
  static void Ask(const Registrations& registrations, const std::shared_ptr<StreamCall>& call,
                  std::vector<delivery::Segment> segments) {
    const auto self =
        std::make_shared<Unregistered>(registrations.size(), call, std::move(segments));
    for (const auto& registration : registrations) {
      registration->Unregister([self](const absl::Status& status) { self->OnAsked(status); });
    }
  }

  Unregistered(size_t waiting_for, std::shared_ptr<StreamCall> call,
               std::vector<delivery::Segment> segments)
      : call_(std::move(call)), waiting_for_(waiting_for), segments_(std::move(segments)) {}

 private:
  void OnAsked(const absl::Status& status) {
    std::vector<delivery::Segment> segments;
    absl::Status failure;
    {
      MutexLock lock(&mutex_);
      failure_.Update(status);
      if (--waiting_for_ > 0) return;
      segments = std::move(segments_);
      failure = failure_;
    }
    if (!failure.ok()) return call_->Reject(failure);
    call_->Open(std::move(segments));
  }

  const std::shared_ptr<StreamCall> call_;
  Mutex mutex_;
  size_t waiting_for_ ABSL_GUARDED_BY(mutex_);
  std::vector<delivery::Segment> segments_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

void UnregisterAll(const ServiceContext& context, const std::shared_ptr<StreamCall>& call,
                   const delivery::StreamOptions& options, std::optional<uint64_t> after,
                   const Registrations& registrations) {
  const auto stream = call->MakeStream(options, context.encoder, context.pump, context.timers);
  std::vector<delivery::Segment> segments;
  for (const auto& registration : registrations) {
    auto segment =
        MakeSegment(context, registration, after.value_or(NotYetReported(*registration)), stream);
    if (!segment.ok()) return call->Reject(segment.status());
    segments.push_back(*std::move(segment));
  }
  Unregistered::Ask(registrations, call, std::move(segments));
}

// Collects the registrations that their plug-ins have accepted, then goes on.
class StartedRegistrations {
 public:
  using Callback = std::function<void(Registrations)>;

  static void Collect(const Registrations& registrations, Callback callback) {
    const auto self =
        std::make_shared<StartedRegistrations>(registrations.size(), std::move(callback));
    for (const auto& registration : registrations) {
      registration->WhenStarted([self, registration](const absl::Status& status) {
        self->Add(status.ok() ? registration : nullptr);
      });
    }
  }

  StartedRegistrations(size_t waiting_for, Callback callback)
      : callback_(std::move(callback)), waiting_for_(waiting_for) {}

 private:
  void Add(std::shared_ptr<actions::Registration> registration) {
    Registrations all;
    {
      MutexLock lock(&mutex_);
      if (registration != nullptr) started_.push_back(std::move(registration));
      if (--waiting_for_ > 0) return;
      all = std::move(started_);
    }
    callback_(std::move(all));
  }

  const Callback callback_;
  Mutex mutex_;
  size_t waiting_for_ ABSL_GUARDED_BY(mutex_);
  Registrations started_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

void UnregisterCustomAction::Handle(const std::shared_ptr<StreamCall>& call) const {
  v1::UnregisterCustomActionRequest request;
  if (absl::Status status = call->Parse(&request); !status.ok()) return call->Reject(status);
  const auto options = StreamOptionsOf(request, context_->stream_defaults);
  if (!options.ok()) return call->Reject(options.status());

  Registrations registrations;
  absl::Status none;
  if (request.has_name()) {
    const auto registration = context_->registry->Find(request.name());
    if (!registration.ok()) return call->Reject(registration.status());
    registrations.push_back(*registration);
    none = actions::RegistrationNotFound(request.name());
  } else if (request.has_function()) {
    if (request.has_after_sequence()) {
      return call->Reject(actions::InvalidField("after_sequence", "goes with `name` only"));
    }
    registrations = context_->registry->FindByFunction(call->Principal(), request.function());
    none = actions::NoRegistrationOfFunction(request.function());
  } else {
    return call->Reject(
        actions::InvalidField("target", "one of `name` and `function` is required"));
  }
  if (registrations.empty()) return call->Reject(none);
  StartedRegistrations::Collect(registrations,
                                [context = context_, call, options = *options, none,
                                 after = AfterSequence(request)](const Registrations& started) {
                                  if (started.empty()) return call->Reject(none);
                                  UnregisterAll(*context, call, options, after, started);
                                });
}

}  // namespace rsca::rpc
