// The JSON Schema (draft 7) of a function's arguments.
#ifndef RSCA_SERVER_WORKER_ARGUMENT_SCHEMA_H_
#define RSCA_SERVER_WORKER_ARGUMENT_SCHEMA_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rsca/worker/v1/worker_link.pb.h"

namespace rsca::worker {

// Immutable; any thread may check.
class ArgumentSchema {
 public:
  // Null, and why in `error`, for text that is no JSON or no usable schema.
  static std::unique_ptr<const ArgumentSchema> Parse(std::string_view text, std::string* error);
  ~ArgumentSchema();

  // What is wrong with the arguments; nothing when they are right.
  std::vector<v1::FieldViolation> Check(std::string_view arguments) const;

 private:
  struct Compiled;

  explicit ArgumentSchema(std::unique_ptr<const Compiled> compiled);

  const std::unique_ptr<const Compiled> compiled_;
};

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_ARGUMENT_SCHEMA_H_
