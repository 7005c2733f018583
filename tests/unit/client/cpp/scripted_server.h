// A gRPC server on a unix socket that breaks streams as a test says: the faults of networks and
// servers that the real one does not show on demand.
#ifndef RSCA_TESTS_UNIT_CLIENT_CPP_SCRIPTED_SERVER_H_
#define RSCA_TESTS_UNIT_CLIENT_CPP_SCRIPTED_SERVER_H_

#include <grpcpp/server.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "rsca/v1/custom_actions.grpc.pb.h"
#include "tests/support/temp_dir.h"

namespace rsca {

inline constexpr char kName[] = "registrations/scripted";

// What a client asked for.
struct SeenCall {
  std::string method;  // `Register`, `Attach`, `Unregister`
  std::string target;  // a registration's name or a function
  std::optional<uint64_t> after;
  std::string request_id;
};

// The server's end of one stream.
class ScriptedStream {
 public:
  ScriptedStream(grpc::ServerContext* context, grpc::ServerWriter<v1::ResultStreamResponse>* writer)
      : context_(context), writer_(writer) {}

  void Registered(uint64_t last_sequence = 0, uint64_t first_sequence = 1,
                  const std::string& name = kName);
  // `registered` of a registration that has had its final result.
  void RegisteredEnded(uint64_t last_sequence);
  // In one message.
  void Results(std::initializer_list<uint64_t> sequences);
  void Final(uint64_t sequence, v1::Outcome::Kind kind = v1::Outcome::KIND_COMPLETED);
  void Interruption(uint64_t sequence);
  void Heartbeat(uint64_t last_sequence);
  bool Write(const v1::ResultStreamResponse& message) { return writer_->Write(message); }

  // Until the client has gone, or the server is stopped.
  void WaitUntilLeft() const;

 private:
  grpc::ServerContext* const context_;
  grpc::ServerWriter<v1::ResultStreamResponse>* const writer_;
};

class ScriptedServer final : public v1::CustomActions::Service {
 public:
  using Script = std::function<grpc::Status(ScriptedStream&)>;

  ScriptedServer();
  ~ScriptedServer() override;

  std::string address() const { return "unix:" + dir_.File("server.sock"); }

  // What the next streaming call gets; calls beyond the scripts fail the test.
  void Then(Script script);

  // All streaming calls so far.
  std::vector<SeenCall> calls();

  // Tears connections down, as a server that is killed does; Start begins anew.
  void Stop();
  void Start();

  grpc::Status RegisterCustomAction(grpc::ServerContext* context,
                                    const v1::RegisterCustomActionRequest* request,
                                    grpc::ServerWriter<v1::ResultStreamResponse>* writer) override;
  grpc::Status AttachCustomAction(grpc::ServerContext* context,
                                  const v1::AttachCustomActionRequest* request,
                                  grpc::ServerWriter<v1::ResultStreamResponse>* writer) override;
  grpc::Status UnregisterCustomAction(
      grpc::ServerContext* context, const v1::UnregisterCustomActionRequest* request,
      grpc::ServerWriter<v1::ResultStreamResponse>* writer) override;

 private:
  grpc::Status Play(SeenCall call, grpc::ServerContext* context,
                    grpc::ServerWriter<v1::ResultStreamResponse>* writer);

  const support::TempDir dir_;
  Mutex mutex_;
  std::deque<Script> scripts_ ABSL_GUARDED_BY(mutex_);
  std::vector<SeenCall> calls_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace rsca

#endif  // RSCA_TESTS_UNIT_CLIENT_CPP_SCRIPTED_SERVER_H_
