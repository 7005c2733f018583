#include "server/config/scalars.h"

#include <limits>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/config/schema.h"

namespace rsca::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

constexpr char kDurationForm[] = "a duration such as 500ms, 30s, 5m or 1h";

v1::Range RangeOf(const Field& field) {
  const v1::Range* range = FindRange(field);
  if (range != nullptr) return *range;
  v1::Range all;
  all.set_max(field.cpp_type() == Field::CPPTYPE_UINT32 ? std::numeric_limits<uint32_t>::max()
                                                        : std::numeric_limits<int64_t>::max());
  return all;
}

std::string RangeText(const Field& field) {
  const v1::Range range = RangeOf(field);
  if (!IsDuration(field)) return absl::StrCat(range.min(), " to ", range.max());
  return absl::StrCat(absl::FormatDuration(absl::Milliseconds(range.min())), " to ",
                      absl::FormatDuration(absl::Milliseconds(range.max())));
}

std::vector<std::string> EnumTexts(const pb::EnumDescriptor& type) {
  std::vector<std::string> texts;
  for (const pb::EnumValueDescriptor* value : EnumValues(type)) texts.push_back(EnumText(*value));
  return texts;
}

std::string NotExpected(const Scalar& scalar, const Field& field) {
  if (scalar.quoted) return absl::StrCat("is text in quotes; expected ", Expected(field));
  return absl::StrCat("is `", scalar.text, "`; expected ", Expected(field));
}

std::string OutOfRange(const Scalar& scalar, const Field& field) {
  return absl::StrCat("is ", scalar.text, "; allowed are ", RangeText(field));
}

bool IsDigits(absl::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

std::optional<std::string> SetNumber(const Scalar& scalar, const Field& field,
                                     pb::Message* message) {
  const absl::string_view digits = absl::StripPrefix(scalar.text, "-");
  // A leading zero is octal to some readers of YAML.
  const bool octal = digits.size() > 1 && digits[0] == '0';
  if (scalar.quoted || !IsDigits(digits) || octal) return NotExpected(scalar, field);
  int64_t value = 0;
  const v1::Range range = RangeOf(field);
  if (!absl::SimpleAtoi(scalar.text, &value) || value < range.min() || value > range.max()) {
    return OutOfRange(scalar, field);
  }
  if (field.cpp_type() == Field::CPPTYPE_UINT32) {
    message->GetReflection()->SetUInt32(message, &field, static_cast<uint32_t>(value));
  } else {
    message->GetReflection()->SetUInt64(message, &field, static_cast<uint64_t>(value));
  }
  return std::nullopt;
}

std::optional<std::string> SetDurationField(const Scalar& scalar, const Field& field,
                                            pb::Message* message) {
  absl::Duration value;
  if (scalar.quoted || !absl::ParseDuration(scalar.text, &value)) {
    return NotExpected(scalar, field);
  }
  const v1::Range range = RangeOf(field);
  if (value < absl::Milliseconds(range.min()) || value > absl::Milliseconds(range.max())) {
    return OutOfRange(scalar, field);
  }
  if (absl::Trunc(value, absl::Milliseconds(1)) != value) {
    return absl::StrCat("is ", scalar.text, "; durations are whole milliseconds");
  }
  SetDuration(value, message->GetReflection()->MutableMessage(message, &field));
  return std::nullopt;
}

std::optional<std::string> SetEnum(const Scalar& scalar, const Field& field, pb::Message* message) {
  for (const pb::EnumValueDescriptor* value : EnumValues(*field.enum_type())) {
    if (EnumText(*value) == scalar.text) {
      message->GetReflection()->SetEnum(message, &field, value);
      return std::nullopt;
    }
  }
  return NotExpected(scalar, field);
}

std::optional<std::string> SetBool(const Scalar& scalar, const Field& field, pb::Message* message) {
  if (scalar.quoted || (scalar.text != "true" && scalar.text != "false")) {
    return NotExpected(scalar, field);
  }
  message->GetReflection()->SetBool(message, &field, scalar.text == "true");
  return std::nullopt;
}

std::optional<std::string> SetText(const Scalar& scalar, const Field& field, pb::Message* message) {
  if (scalar.text.empty() && field.options().GetExtension(v1::required)) {
    return "is empty; it needs a value";
  }
  message->GetReflection()->SetString(message, &field, scalar.text);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> SetScalar(const Scalar& scalar, const Field& field,
                                     pb::Message* message) {
  switch (field.cpp_type()) {
    case Field::CPPTYPE_BOOL:
      return SetBool(scalar, field, message);
    case Field::CPPTYPE_ENUM:
      return SetEnum(scalar, field, message);
    case Field::CPPTYPE_MESSAGE:
      return SetDurationField(scalar, field, message);
    case Field::CPPTYPE_STRING:
      return SetText(scalar, field, message);
    default:  // the schema's numbers are uint32 and uint64
      return SetNumber(scalar, field, message);
  }
}

std::string Expected(const Field& field) {
  switch (field.cpp_type()) {
    case Field::CPPTYPE_BOOL:
      return "true or false";
    case Field::CPPTYPE_ENUM:
      return absl::StrCat("one of ", absl::StrJoin(EnumTexts(*field.enum_type()), ", "));
    case Field::CPPTYPE_MESSAGE:
      return absl::StrCat(kDurationForm, ", from ", RangeText(field));
    case Field::CPPTYPE_STRING:
      return "text";
    default:
      return absl::StrCat("a number from ", RangeText(field));
  }
}

std::optional<absl::Duration> ParseTimeOfDay(absl::string_view text) {
  int hours = 0;
  int minutes = 0;
  if (text.size() != 5 || text[2] != ':' || !IsDigits(text.substr(0, 2)) ||
      !IsDigits(text.substr(3)) || !absl::SimpleAtoi(text.substr(0, 2), &hours) ||
      !absl::SimpleAtoi(text.substr(3), &minutes) || hours > 23 || minutes > 59) {
    return std::nullopt;
  }
  return absl::Hours(hours) + absl::Minutes(minutes);
}

}  // namespace rsca::config
