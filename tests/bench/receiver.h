// Streams of results as fast as gRPC reads them: one async completion queue, one thread, however
// many streams. The same for our road and for the baseline.
#ifndef RSCA_TESTS_BENCH_RECEIVER_H_
#define RSCA_TESTS_BENCH_RECEIVER_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/async_stream.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "rsca/v1/result.pb.h"
#include "tests/bench/measure.h"

namespace rsca::bench {

class Receiver {
 public:
  using Reader = grpc::ClientAsyncReader<v1::ResultStreamResponse>;
  // Makes the call, for example with a stub's PrepareAsyncX; it is started once its reader is kept,
  // for completions come on another thread.
  using Begin = std::function<std::unique_ptr<Reader>(grpc::ClientContext* context,
                                                      grpc::CompletionQueue* queue)>;

  explicit Receiver(Meter* meter);
  // Cancels what is open.
  ~Receiver();

  // Opens a stream. `on_registered`, if any, is called on the receiver's thread with the name of
  // the registration.
  void Open(const Begin& begin, std::function<void(const std::string& name)> on_registered = {});

  // Of streams that a server ended: the first one's words. Empty: none.
  std::string failure() const;

 private:
  class Stream;

  void Run();
  void OnFinished(const grpc::Status& status);

  Meter::Lane* const lane_;
  grpc::CompletionQueue queue_;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::string failure_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::atomic<int> open_{0};
  std::thread thread_;
};

// A connection of its own.
std::shared_ptr<grpc::Channel> NewChannel(const std::string& target,
                                          const std::string& ca_file = "");

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_RECEIVER_H_
