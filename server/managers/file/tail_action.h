// file.tail at work: reports the last lines of a file, then the lines that are written to it and to
// the files that take its place.
#ifndef RSCA_SERVER_MANAGERS_FILE_TAIL_ACTION_H_
#define RSCA_SERVER_MANAGERS_FILE_TAIL_ACTION_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/managers/base/manager.h"
#include "server/managers/file/log_files.h"
#include "server/managers/file/tailed_file.h"

namespace rsca::managers::file {

struct TailOptions {
  std::string path;
  uint64_t lines = 0;
  bool follow = true;
  bool retry = false;
  size_t max_line_bytes = 0;
};

class TailAction final : public Action {
 public:
  // Null and a failure when the file cannot be read or followed.
  static std::unique_ptr<Action> Start(const TailOptions& options, Reporter reporter,
                                       Failure* failure);
  ~TailAction() override;
  void Stop() override;

 private:
  TailAction(const TailOptions& options, Reporter reporter)
      : options_(options), reporter_(std::move(reporter)) {}

  bool Open(Failure* failure);
  void Run();
  bool FindStart();
  void ReadOnce();
  void Follow();
  void TakeNewFiles();
  void Drain(size_t count);
  bool ReadNext(TailedFile* tailed, std::string* bytes);
  void Deliver(size_t index, const std::string& bytes);
  void Flush(TailedFile* tailed);
  bool Report(std::string_view line, bool goes_on);
  void RetireFiles();
  bool Outlived(size_t index) const;
  void EndUnreadable(int error);
  void End(HRESULT status, const std::string& message);

  const TailOptions options_;
  const Reporter reporter_;
  std::unique_ptr<LogFiles> files_;  // none when not following
  std::atomic<bool> stopping_{false};

  // Used by thread_ alone, once it runs.
  std::vector<std::unique_ptr<TailedFile>> tailed_;  // oldest first
  uint64_t size_at_start_ = 0;
  uint64_t left_when_stopping_;
  bool ended_ = false;  // nothing is reported any more
  std::thread thread_;
};

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_TAIL_ACTION_H_
