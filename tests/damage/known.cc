#include "tests/damage/known.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "tests/soak/raw_stream.h"

namespace rsca::damage {
namespace {

using soak::RawStream;

constexpr std::uint32_t kResultsPerMessage = 256;

// A failure bound: what must come has come long before.
constexpr absl::Duration kStalled = absl::Seconds(30);

std::string BytesOf(const client::Event& event) {
  return event.result() != nullptr ? event.result()->SerializeAsString()
                                   : event.interruption()->SerializeAsString();
}

bool SaysThatResultsAreLost(const client::Event& event) {
  return event.result() != nullptr && event.result()->final() &&
         event.result()->outcome().kind() == v1::Outcome::KIND_RESULTS_LOST;
}

// An error that says that something cannot be had any more.
bool IsTold(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  return reason == "JOURNAL_DAMAGED" || reason == "RESULTS_TRUNCATED";
}

}  // namespace

void Known::Begin(v1::CustomActions::Stub* stub, const std::string& function,
                  const std::string& arguments, std::uint64_t events) {
  v1::RegisterCustomActionRequest request;
  request.set_function(function);
  request.set_arguments(arguments);
  request.set_durable(true);
  request.set_max_results_per_message(kResultsPerMessage);
  const auto stream = RawStream::Register(stub, request);
  ASSERT_TRUE(stream.ok()) << stream.status();
  name_ = (*stream)->registration().name();
  while (events_.size() < events) {
    const auto event = (*stream)->Next();
    ASSERT_TRUE(event.ok()) << event.status();
    if (!event->has_value()) break;
    events_.push_back(BytesOf(**event));
  }
}

Known::Verdict Known::Check(v1::CustomActions::Stub* stub, bool repaired) const {
  return ReadFrom(stub, 0, repaired);
}

Known::Verdict Known::ReadFrom(v1::CustomActions::Stub* stub, std::uint64_t after,
                               bool repaired) const {
  v1::AttachCustomActionRequest request;
  request.set_name(name_);
  request.set_after_sequence(after);
  request.set_max_results_per_message(kResultsPerMessage);
  const auto stream = RawStream::Attach(stub, request);
  if (!stream.ok()) {
    const auto oldest = ErrorMetadata(stream.status(), "oldest_sequence");
    std::uint64_t first = 0;
    if (repaired && after == 0 && absl::SimpleAtoi(oldest.value_or(""), &first) && first > 1) {
      Verdict verdict = ReadFrom(stub, first - 1, repaired);
      if (verdict.told.empty()) verdict.told = std::string(stream.status().message());
      return verdict;
    }
    if (repaired && stream.status().code() == absl::StatusCode::kNotFound) {
      return {"", stream.status().ToString()};
    }
    if (IsTold(stream.status())) return {"", stream.status().ToString()};
    return {absl::StrCat("it cannot be joined: ", stream.status().ToString()), ""};
  }
  const Timers::Id watchdog = timers_->After(kStalled, [&] { (*stream)->Cancel(); });
  Verdict verdict;
  for (std::uint64_t sequence = after + 1; sequence <= events_.size(); ++sequence) {
    const auto event = (*stream)->Next();
    if (!event.ok()) {
      verdict.told = event.status().ToString();
      if (!IsTold(event.status())) verdict.wrong = absl::StrCat(sequence, ": ", verdict.told);
      break;
    }
    if (!event->has_value()) {
      verdict.wrong = absl::StrCat("it ends before ", sequence);
      break;
    }
    if (BytesOf(**event) == events_[sequence - 1]) continue;
    if (repaired && SaysThatResultsAreLost(**event)) {
      verdict.told = "results lost";
    } else {
      verdict.wrong = absl::StrCat(sequence, " has other bytes");
    }
    break;
  }
  timers_->Cancel(watchdog);
  return verdict;
}

}  // namespace rsca::damage
