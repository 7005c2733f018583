#include "server/config/schema.h"

#include <google/protobuf/duration.pb.h>

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace rsca::config {
namespace {

namespace pb = google::protobuf;

constexpr char kUnspecified[] = "UNSPECIFIED";

// Insertions, deletions and replacements that lead from one word to the other.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string EnumText(const pb::EnumValueDescriptor& value) {
  // Number 0 is LEVEL_UNSPECIFIED, which tells the prefix of them all.
  const std::string& zero = value.type()->FindValueByNumber(0)->name();
  const absl::string_view prefix = absl::StripSuffix(zero, kUnspecified);
  return absl::AsciiStrToLower(absl::StripPrefix(value.name(), prefix));
}

std::vector<const pb::EnumValueDescriptor*> EnumValues(const pb::EnumDescriptor& type) {
  std::vector<const pb::EnumValueDescriptor*> values;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) values.push_back(type.value(i));
  }
  return values;
}

bool IsDuration(const pb::FieldDescriptor& field) {
  return field.message_type() == pb::Duration::descriptor();
}

absl::Duration GetDuration(const pb::Message& duration) {
  const auto& message = static_cast<const pb::Duration&>(duration);
  return absl::Seconds(message.seconds()) + absl::Nanoseconds(message.nanos());
}

void SetDuration(absl::Duration value, pb::Message* duration) {
  auto* message = static_cast<pb::Duration*>(duration);
  absl::Duration rest;
  message->set_seconds(absl::IDivDuration(value, absl::Seconds(1), &rest));
  message->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

const v1::Range* FindRange(const pb::FieldDescriptor& field) {
  return field.options().HasExtension(v1::range) ? &field.options().GetExtension(v1::range)
                                                 : nullptr;
}

std::string Resembling(absl::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(absl::AsciiStrToLower(word), candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace rsca::config
