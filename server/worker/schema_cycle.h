// Finds JSON Schemas that never end: ones that refer to themselves without a step down into the
// arguments, such as {"allOf": [{"$ref": "#"}]}. The validator would recurse for ever.
#ifndef RSCA_SERVER_WORKER_SCHEMA_CYCLE_H_
#define RSCA_SERVER_WORKER_SCHEMA_CYCLE_H_

#include <nlohmann/json.hpp>

namespace rsca::worker {

// Looks at references within the document, the only ones that a function's schema may have.
bool HasSchemaCycle(const nlohmann::json& schema);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_SCHEMA_CYCLE_H_
