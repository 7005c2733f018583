#include "tests/soak/follower.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace rsca::soak {
namespace {

constexpr absl::string_view kCount = "count=";

std::string Shortened(const v1::Result& result) {
  return absl::StrCat("`", result.response().substr(0, 40), "` (", result.response().size(),
                      " bytes) at sequence ", result.sequence());
}

}  // namespace

std::string ActionSpec::Arguments() const {
  if (!counts()) return command;
  std::string json = absl::StrCat("{\"interval_ms\": ", interval_ms, ", \"size\": ", size,
                                  ", \"status\": ", status);
  if (count.has_value()) absl::StrAppend(&json, ", \"count\": ", *count);
  return json + "}";
}

Follower::Follower(Tally* tally, std::string registration, ActionSpec spec,
                   std::optional<std::uint64_t> after)
    : tally_(tally), registration_(std::move(registration)), spec_(std::move(spec)), last_(after) {
  if (after == 0) number_ = 0;
}

void Follower::OnEvent(const client::Event& event) {
  if (last_.has_value() && event.sequence() != *last_ + 1) {
    Broken(absl::StrCat("sequence ", *last_ + 1), absl::StrCat("sequence ", event.sequence()));
  }
  if (final_.has_value()) {
    Broken("nothing after the final result", absl::StrCat("sequence ", event.sequence()));
  }
  last_ = event.sequence();
  if (event.result() != nullptr) {
    OnResult(*event.result());
  } else {
    OnInterruption(*event.interruption());
  }
}

void Follower::OnResult(const v1::Result& result) {
  ++tally_->results;
  Hash(result.sequence(), result.response());
  Hash(static_cast<std::uint32_t>(result.hr_status()), "");
  if (said_count_ && !result.final()) {
    Broken("an interruption after the end of a conversation", Shortened(result));
  }
  if (result.final()) final_ = result;
  if (!spec_.counts()) return;
  if (absl::string_view(result.response()).substr(0, kCount.size()) == kCount) {
    OnCount(result);
  } else if (!result.final()) {
    OnNumber(result);
  } else if (!result.response().empty()) {
    Broken("a final result of the counter, or of the server without a response", Shortened(result));
  }
}

void Follower::OnNumber(const v1::Result& result) {
  absl::string_view digits = result.response();
  digits = digits.substr(0, digits.find('.'));
  std::uint64_t number = 0;
  if (!absl::SimpleAtoi(digits, &number)) return Broken("a number", Shortened(result));
  if (number_.has_value() && number != *number_ + 1) {
    Broken(absl::StrCat("the counter's ", *number_ + 1), Shortened(result));
  }
  number_ = number;
  std::string response = absl::StrCat(number);
  if (response.size() < spec_.size) response.resize(spec_.size, '.');
  if (result.response() != response) {
    Broken(absl::StrCat(number, " with dots up to ", spec_.size, " bytes"), Shortened(result));
  }
}

// The counter's own last words, which say how many results it reported.
void Follower::OnCount(const v1::Result& result) {
  absl::string_view digits = result.response();
  digits.remove_prefix(kCount.size());
  std::uint64_t count = 0;
  if (!absl::SimpleAtoi(digits, &count) || (number_.has_value() && count != *number_)) {
    Broken(absl::StrCat("count=", number_.value_or(0), ", as many as came"), Shortened(result));
  }
  number_ = count;
  said_count_ = true;
}

void Follower::OnInterruption(const v1::Interruption& interruption) {
  ++tally_->interruptions;
  ++interruptions_;
  Hash(interruption.sequence(), interruption.reason());
  if (!spec_.restartable) {
    Broken("no interruption of an action that is not restartable", interruption.reason());
  }
  if (interruption.reason().empty()) Broken("an interruption with a reason", "none");
  number_ = 0;
  said_count_ = false;
}

bool Follower::CountedToTheEnd() const {
  return final_.has_value() && said_count_ && spec_.count.has_value() && number_ == spec_.count;
}

// FNV-1a.
void Follower::Hash(std::uint64_t number, const std::string& text) {
  const auto add = [this](std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3; };
  add(number);
  for (const char c : text) add(static_cast<unsigned char>(c));
}

// Once a follower: what follows is of no more use.
void Follower::Broken(const std::string& expected, const std::string& seen) {
  if (!std::exchange(broken_, true)) tally_->Broken(registration_, expected, seen);
}

}  // namespace rsca::soak
