#include "server/config/yaml_printer.h"

#include <google/protobuf/descriptor.h>
#include <yaml-cpp/yaml.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/config/schema.h"

namespace rsca::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

bool IsPrinted(const pb::Message& message, const Field& field) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) return reflection.FieldSize(message, &field) > 0;
  // Numbers and truth values say something when they are 0, too.
  return reflection.HasField(message, &field) || field.cpp_type() == Field::CPPTYPE_BOOL ||
         field.cpp_type() == Field::CPPTYPE_UINT32 || field.cpp_type() == Field::CPPTYPE_UINT64;
}

void EmitMessage(const pb::Message& message, YAML::Emitter* out);

void EmitValue(const pb::Message& message, const Field& field, YAML::Emitter* out) {
  const pb::Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_BOOL:
      *out << reflection.GetBool(message, &field);
      break;
    case Field::CPPTYPE_ENUM:
      *out << EnumText(*reflection.GetEnum(message, &field));
      break;
    case Field::CPPTYPE_UINT32:
      *out << reflection.GetUInt32(message, &field);
      break;
    case Field::CPPTYPE_UINT64:
      *out << reflection.GetUInt64(message, &field);
      break;
    case Field::CPPTYPE_STRING:
      *out << reflection.GetString(message, &field);
      break;
    default:
      if (IsDuration(field)) {
        *out << absl::FormatDuration(GetDuration(reflection.GetMessage(message, &field)));
      } else {
        EmitMessage(reflection.GetMessage(message, &field), out);
      }
  }
}

void EmitMessage(const pb::Message& message, YAML::Emitter* out) {
  const pb::Descriptor& type = *message.GetDescriptor();
  *out << YAML::BeginMap;
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (!IsPrinted(message, field)) continue;
    *out << YAML::Key << field.name() << YAML::Value;
    if (field.is_repeated()) {
      *out << YAML::BeginSeq;
      for (int j = 0; j < message.GetReflection()->FieldSize(message, &field); ++j) {
        if (field.cpp_type() == Field::CPPTYPE_MESSAGE) {
          EmitMessage(message.GetReflection()->GetRepeatedMessage(message, &field, j), out);
        } else {
          *out << message.GetReflection()->GetRepeatedString(message, &field, j);
        }
      }
      *out << YAML::EndSeq;
    } else {
      EmitValue(message, field, out);
    }
  }
  *out << YAML::EndMap;
}

}  // namespace

std::string PrintYaml(const pb::Message& message) {
  YAML::Emitter out;
  EmitMessage(message, &out);
  return absl::StrCat(out.c_str(), "\n");
}

}  // namespace rsca::config
