// Takes what workers and their plug-ins print into the server's log.
#ifndef RSCA_SERVER_WORKERS_OUTPUT_LOG_H_
#define RSCA_SERVER_WORKERS_OUTPUT_LOG_H_

#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/unique_fd.h"
#include "server/workers/output_lines.h"

namespace rsca::workers {

// Thread-safe. One thread, whatever the number of workers; nobody waits for it.
class OutputLog {
 public:
  OutputLog();
  // What has been printed by then is still logged; who prints later gets EPIPE.
  ~OutputLog();

  // Where the worker is to print. Lines are taken until all copies of it are closed, by whomever.
  absl::StatusOr<UniqueFd> Open(const std::string& worker);

 private:
  struct Pipe {
    Pipe(UniqueFd fd, const std::string& worker);
    UniqueFd read;
    OutputLines lines;
  };

  void Run();
  void Take(int fd);
  // False at the end.
  bool Read(Pipe* pipe);
  int Tick();
  void Finish();

  const UniqueFd epoll_;
  const UniqueFd stop_;
  Mutex mutex_;
  // By descriptor. Only the thread takes them out, and only it uses what they hold.
  std::unordered_map<int, std::unique_ptr<Pipe>> pipes_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace rsca::workers

#endif  // RSCA_SERVER_WORKERS_OUTPUT_LOG_H_
