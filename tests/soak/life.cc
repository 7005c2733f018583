#include "tests/soak/life.h"

#include <limits>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/soak/soak_pools.h"

namespace rsca::soak {
namespace {

constexpr int kAll = std::numeric_limits<int>::max();

// E_OUTOFMEMORY.
constexpr char kOutOfMemory[] = "0x8007000e";

constexpr char kCommand[] = R"({"argv": ["/bin/sh", "-c", "echo begun; sleep 600 & sleep 600"]})";

}  // namespace

absl::StatusOr<std::optional<client::Event>> AnyStream::Next() {
  if (auto* stream = std::get_if<client::ResultStream>(&stream_)) return stream->Next();
  return std::get<std::unique_ptr<RawStream>>(stream_)->Next();
}

const v1::Registration& AnyStream::registration() const {
  if (const auto* stream = std::get_if<client::ResultStream>(&stream_)) {
    return stream->registration();
  }
  return std::get<std::unique_ptr<RawStream>>(stream_)->registration();
}

void Life::Live() {
  const int kind = Pick(&random_, 1, 100);
  if (kind <= 12) return LiveRun();
  if (kind <= 14) return LiveWrong();
  LiveRegistration(MakePlan());
}

// The idle pool has work in one second of three only.
std::string Life::PickPool() {
  const int kinds = absl::ToInt64Seconds(absl::Now() - world_->start) % 3 == 0 ? 4 : 3;
  return kPools[static_cast<std::size_t>(Pick(&random_, 0, kinds - 1))];
}

Life::Plan Life::MakePlan() {
  Plan plan;
  plan.spec.pool = PickPool();
  plan.reads = Pick(&random_, 0, 100);
  plan.grace = absl::Seconds(2);
  if (plan.spec.pool == kPlain && Chance(&random_, 10)) {
    PlanCommand(&plan);
    return plan;
  }
  plan.spec.restartable = Chance(&random_, 50);
  plan.spec.function =
      absl::StrCat(plan.spec.pool, plan.spec.restartable ? ".restartable_counter" : ".counter");
  const int end = Pick(&random_, 1, 100);
  plan.abandons = end <= 12;
  plan.unregisters = end > 12 && end <= 55;
  if (!plan.abandons && (!plan.unregisters || Chance(&random_, 20))) {
    plan.spec.count = static_cast<std::uint64_t>(Pick(&random_, 0, 300));
    if (Chance(&random_, 10)) plan.spec.status = static_cast<std::int32_t>(0x80004005);
  }
  if (plan.abandons) plan.grace = absl::Milliseconds(Pick(&random_, 0, 1000));
  if (!plan.abandons && Chance(&random_, 40)) plan.leaves = Pick(&random_, 1, 3);
  plan.watched = !plan.abandons && Chance(&random_, 20);
  plan.slow = plan.leaves == 0 && !plan.watched && Chance(&random_, 10);
  // Who leaves, or comes late, must find what it has missed in the window: no floods there.
  const bool may_flood = plan.leaves == 0 && !plan.watched && !plan.abandons;
  plan.spec.interval_ms = may_flood && Chance(&random_, 20) ? 0 : Pick(&random_, 2, 15);
  plan.spec.size = static_cast<std::size_t>(plan.slow              ? Pick(&random_, 1000, 20000)
                                            : Chance(&random_, 10) ? Pick(&random_, 0, 4000)
                                                                   : 0);
  return plan;
}

// With children that must not outlive their worker.
void Life::PlanCommand(Plan* plan) {
  plan->spec.function = "process.exec";
  plan->spec.command = kCommand;
  plan->reads = 2;
  plan->abandons = Chance(&random_, 40);
  plan->unregisters = !plan->abandons;
  if (plan->abandons) plan->grace = absl::ZeroDuration();
}

void Life::LiveRegistration(const Plan& plan) {
  absl::StatusOr<AnyStream> registered = Register(plan);
  if (!registered.ok()) {
    return JudgeRefusal(plan.spec.pool, plan.spec.function, registered.status());
  }
  auto stream = std::make_unique<AnyStream>(*std::move(registered));
  name_ = stream->registration().name();
  world_->AddName(name_);
  world_->tally->Count("begun");
  Follower follower(world_->tally, name_, plan.spec, 0);
  Follower watcher(world_->tally, name_ + " (a second stream)", plan.spec, 0);
  Follower remover(world_->tally, name_ + " (an unregister stream)", plan.spec, std::nullopt);
  std::thread watches;
  std::thread removes;
  if (plan.watched) {
    watches = std::thread([this, &watcher, stream = Attach(name_, 0)]() mutable {
      ReadOther(std::move(stream), "AttachCustomAction", &watcher);
    });
  }
  bool more = true;
  for (int i = 0; i < plan.leaves && more; ++i) {
    more = Read(stream.get(), &follower, plan.reads, plan.slow) && LeaveAndJoin(&stream, &follower);
  }
  if (more && (plan.abandons || plan.unregisters)) {
    more = Read(stream.get(), &follower, plan.reads, plan.slow);
  }
  if (more && plan.unregisters) {
    unregistered_ = true;
    removes = std::thread([this, &remover, stream = Unregister(name_)]() mutable {
      ReadOther(std::move(stream), "UnregisterCustomAction", &remover);
    });
  }
  const bool abandoned = more && plan.abandons;
  // What an unregistered flood has left takes a slow reader longer than the server keeps its end.
  if (more && !plan.abandons) {
    Read(stream.get(), &follower, kAll, plan.slow && !plan.unregisters);
  }
  stream.reset();
  if (watches.joinable()) watches.join();
  if (removes.joinable()) removes.join();
  if (abandoned) {
    AwaitEnd(plan);
  } else if (follower.final().has_value()) {
    if (plan.watched) Compare(follower, watcher, "a second stream", /*whole=*/true);
    if (unregistered_) Compare(follower, remover, "the unregister stream", /*whole=*/false);
    Confirm(plan, follower);  // first: what has ended is forgotten soon
    JudgeEnd(plan, follower.final()->outcome(), &follower);
  }
  world_->tally->Count("ended");
}

void Life::LiveRun() {
  const std::string pool = Chance(&random_, 50) ? kPlain : kIdle;
  const bool echo = pool == kPlain;
  const int size = Pick(&random_, 0, 100'000);
  const std::string function = echo ? "echo" : "large_responses.run";
  const std::string arguments = echo ? absl::StrCat("word ", size) : absl::StrCat(size);
  client::Client& client = world_->clients[random_() % world_->clients.size()];
  const absl::StatusOr<v1::RunCustomActionResponse> response = client.Run(function, arguments);
  if (!response.ok()) return JudgeRefusal(pool, function, response.status());
  world_->tally->Count("runs");
  std::string expected = echo ? arguments : std::string(static_cast<std::size_t>(size), ' ');
  for (std::size_t i = 0; !echo && i < expected.size(); ++i) {
    expected[i] = static_cast<char>('a' + i % 26);
  }
  // What the plug-in says when its worker had no memory for the answer.
  const bool starved = response->response() == kOutOfMemory && world_->history->StarvedLately(pool);
  if (response->hr_status() != 0 || (response->response() != expected && !starved)) {
    world_->tally->Broken(
        absl::StrCat("a run of ", function, " ", arguments), "its answer",
        absl::StrCat(response->response().size(), " bytes with status ", response->hr_status(),
                     ": ", response->response().substr(0, 40)));
  }
}

void Life::LiveWrong() {
  client::Client& client = world_->clients[random_() % world_->clients.size()];
  const std::string pool = PickPool();
  const bool unknown = Chance(&random_, 50);
  const auto stream =
      client.Register(absl::StrCat(pool, unknown ? ".nothing" : ".counter"), R"({"count": "x"})");
  const std::string reason = client::ErrorReason(stream.status());
  if (reason == (unknown ? "ACTION_NOT_FOUND" : "INVALID_ARGUMENTS")) {
    return world_->tally->Count(absl::StrCat("refused ", reason));
  }
  if (stream.ok() || unknown) {
    return world_->tally->Broken(absl::StrCat("a wrong call of pool ", pool), "to be refused",
                                 stream.status().ToString());
  }
  JudgeRefusal(pool, "counter", stream.status());
}

absl::StatusOr<AnyStream> Life::Register(const Plan& plan) {
  const std::uint32_t packed = Chance(&random_, 50) ? 1 : 64;
  if (Chance(&random_, 50)) {
    client::RegisterOptions options;
    options.max_results_per_message = packed;
    options.detach_grace = plan.grace;
    options.on_connection_change = [this](const absl::Status& connection) {
      if (!connection.ok()) world_->tally->Count("connections lost");
    };
    client::Client& client = world_->clients[random_() % world_->clients.size()];
    auto stream = client.Register(plan.spec.function, plan.spec.Arguments(), options);
    if (!stream.ok()) return stream.status();
    return AnyStream(*std::move(stream));
  }
  v1::RegisterCustomActionRequest request;
  request.set_function(plan.spec.function);
  request.set_arguments(plan.spec.Arguments());
  request.set_max_results_per_message(packed);
  const std::int64_t grace_ms = absl::ToInt64Milliseconds(plan.grace);
  request.mutable_detach_grace()->set_seconds(grace_ms / 1000);
  request.mutable_detach_grace()->set_nanos(static_cast<std::int32_t>(grace_ms % 1000 * 1'000'000));
  auto stream = RawStream::Register(world_->stubs[random_() % world_->stubs.size()].get(), request);
  if (!stream.ok()) return stream.status();
  return AnyStream(*std::move(stream));
}

absl::StatusOr<AnyStream> Life::Attach(const std::string& name, std::uint64_t after) {
  if (Chance(&random_, 50)) {
    client::StreamOptions options;
    options.after_sequence = after;
    auto stream = world_->clients[random_() % world_->clients.size()].Attach(name, options);
    if (!stream.ok()) return stream.status();
    return AnyStream(*std::move(stream));
  }
  v1::AttachCustomActionRequest request;
  request.set_name(name);
  request.set_after_sequence(after);
  request.set_max_results_per_message(64);
  auto stream = RawStream::Attach(world_->stubs[random_() % world_->stubs.size()].get(), request);
  if (!stream.ok()) return stream.status();
  return AnyStream(*std::move(stream));
}

absl::StatusOr<AnyStream> Life::Unregister(const std::string& name) {
  if (Chance(&random_, 50)) {
    auto stream = world_->clients[random_() % world_->clients.size()].Unregister(name);
    if (!stream.ok()) return stream.status();
    return AnyStream(*std::move(stream));
  }
  v1::UnregisterCustomActionRequest request;
  request.set_name(name);
  auto stream =
      RawStream::Unregister(world_->stubs[random_() % world_->stubs.size()].get(), request);
  if (!stream.ok()) return stream.status();
  return AnyStream(*std::move(stream));
}

bool Life::Read(AnyStream* stream, Follower* follower, int events, bool slow) {
  for (int i = 0; i < events; ++i) {
    const absl::StatusOr<std::optional<client::Event>> event = stream->Next();
    if (!event.ok()) {
      world_->tally->Broken(name_, "a stream that goes on to its final result",
                            absl::StrCat("after sequence ", follower->last_sequence().value_or(0),
                                         ": ", event.status().ToString()));
      return false;
    }
    if (!event->has_value()) {
      if (!follower->final().has_value()) {
        world_->tally->Broken(name_, "a final result", "the end of the stream without one");
      }
      return false;
    }
    follower->OnEvent(**event);
    if (slow) absl::SleepFor(absl::Milliseconds(Pick(&random_, 0, 10)));
  }
  return true;
}

bool Life::LeaveAndJoin(std::unique_ptr<AnyStream>* stream, Follower* follower) {
  const absl::Time left = absl::Now();
  stream->reset();
  absl::SleepFor(absl::Milliseconds(Pick(&random_, 0, 600)));
  absl::StatusOr<AnyStream> joined = Attach(name_, follower->last_sequence().value_or(0));
  away_ = std::max(away_, absl::Now() - left);
  if (!joined.ok()) {
    world_->tally->Broken(
        name_, absl::StrCat("to be joined after sequence ", follower->last_sequence().value_or(0)),
        joined.status().ToString());
    return false;
  }
  world_->tally->Count("joined again");
  *stream = std::make_unique<AnyStream>(*std::move(joined));
  return true;
}

void Life::ReadOther(absl::StatusOr<AnyStream> stream, const char* what, Follower* follower) {
  if (!stream.ok()) {
    return world_->tally->Broken(name_, absl::StrCat(what, " to join it"),
                                 stream.status().ToString());
  }
  Read(&*stream, follower, kAll, /*slow=*/false);
}

}  // namespace rsca::soak
