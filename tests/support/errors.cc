#include "tests/support/errors.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace rsca::support {

std::string Describe(const grpc::Status& status) { return DescribeError(FromGrpcStatus(status)); }

std::string Metadata(const grpc::Status& status, const std::string& key) {
  return ErrorMetadata(FromGrpcStatus(status), key).value_or("");
}

std::vector<std::string> FieldViolations(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  std::vector<std::string> fields;
  for (const auto& detail : details.details()) {
    google::rpc::BadRequest bad_request;
    if (!detail.UnpackTo(&bad_request)) continue;
    for (const auto& violation : bad_request.field_violations())
      fields.push_back(violation.field());
  }
  return fields;
}

}  // namespace rsca::support
