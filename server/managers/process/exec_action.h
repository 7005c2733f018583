// process.exec: a command's output as results.
#ifndef RSCA_SERVER_MANAGERS_PROCESS_EXEC_ACTION_H_
#define RSCA_SERVER_MANAGERS_PROCESS_EXEC_ACTION_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>

#include "server/managers/base/manager.h"
#include "server/managers/process/child.h"
#include "server/managers/process/utf8_splitter.h"

namespace rsca::managers {

// Reads only as fast as results are taken: a command that outruns its readers waits in write().
class ExecAction final : public Action {
 public:
  ExecAction(std::unique_ptr<Child> child, uint64_t output_limit, Reporter reporter);
  ~ExecAction() override;
  void Stop() override;

 private:
  struct Stream {
    const char* name;
    int fd;  // negative once it has ended
    Utf8Splitter splitter;
  };

  void Run();
  void Pump();
  bool ReadSome(Stream* stream);
  void Drain(Stream* stream);
  void Take(Stream* stream, std::string_view bytes);
  void ReportOutput(const Stream& stream, std::string_view bytes);
  void Report(const nlohmann::json& event);
  void EndStream(Stream* stream);
  void WaitForChild();
  HRESULT FinalStatus() const;
  nlohmann::json FinalEvent() const;

  const std::unique_ptr<Child> child_;
  const uint64_t output_limit_;
  const Reporter reporter_;
  std::atomic<bool> stopping_{false};

  // Of the thread.
  Stream output_;
  Stream error_;
  uint64_t output_bytes_ = 0;     // reported and dropped
  HRESULT report_status_ = S_OK;  // once it fails nobody wants more

  std::thread thread_;
};

Function ExecFunction();

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_PROCESS_EXEC_ACTION_H_
