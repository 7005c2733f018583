// One of the files that file.tail reads: how far it has come, and the line it is in.
#ifndef RSCA_SERVER_MANAGERS_FILE_TAILED_FILE_H_
#define RSCA_SERVER_MANAGERS_FILE_TAILED_FILE_H_

#include <memory>

#include "server/managers/file/growing_file.h"
#include "server/managers/file/line_splitter.h"
#include "server/managers/file/log_files.h"

namespace rsca::managers::file {

struct TailedFile {
  TailedFile(std::shared_ptr<const LogFile> log_file, uint64_t offset, size_t max_line_bytes)
      : file(std::move(log_file)), reader(file->fd.Get(), offset), splitter(max_line_bytes) {}

  const std::shared_ptr<const LogFile> file;
  GrowingFile reader;
  LineSplitter splitter;
  bool has_given = false;  // bytes that were reported or are held back
  bool finished = false;   // nothing more is wanted of it
};

}  // namespace rsca::managers::file

#endif  // RSCA_SERVER_MANAGERS_FILE_TAILED_FILE_H_
