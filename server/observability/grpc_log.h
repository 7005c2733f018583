// What gRPC itself has to say, as lines of our log.
#ifndef RSCA_SERVER_OBSERVABILITY_GRPC_LOG_H_
#define RSCA_SERVER_OBSERVABILITY_GRPC_LOG_H_

namespace rsca::observability {

// gRPC's lines go to the log while this lives, and to standard error as they are before and after.
// Make it once the log is set up, before gRPC is used; one at a time.
class GrpcLog {
 public:
  GrpcLog();
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;
};

}  // namespace rsca::observability

#endif  // RSCA_SERVER_OBSERVABILITY_GRPC_LOG_H_
