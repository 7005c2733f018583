#include "server/managers/file/tail_action.h"

#include <pthread.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "server/managers/file/last_lines.h"
#include "server/managers/file/regular_file.h"

namespace rsca::managers::file {
namespace {

// What was written just before an unregister is still reported, up to this much.
constexpr uint64_t kReadWhenStopping = 1 << 20;

// Files that have been replaced are read on, since a writer may not have noticed yet: until this
// many newer ones have been written to, or there are this many newer ones at all.
constexpr size_t kNewerWritten = 2;
constexpr size_t kNewer = LogFiles::kMaxFiles / 2;

bool IsDeleted(const LogFile& file) {
  struct stat status = {};
  return fstat(file.fd.Get(), &status) == 0 && status.st_nlink == 0;
}

}  // namespace

std::unique_ptr<Action> TailAction::Start(const TailOptions& options, Reporter reporter,
                                          Failure* failure) {
  std::unique_ptr<TailAction> action(new TailAction(options, std::move(reporter)));
  if (!action->Open(failure)) return nullptr;
  action->thread_ = std::thread([raw = action.get()] { raw->Run(); });
  return action;
}

TailAction::~TailAction() { Stop(); }

void TailAction::Stop() {
  stopping_ = true;
  if (files_) files_->Interrupt();
  if (thread_.joinable()) thread_.join();
}

bool TailAction::Open(Failure* failure) {
  left_when_stopping_ = kReadWhenStopping;
  if (options_.follow) {
    files_ = LogFiles::Open(options_.path, options_.retry, failure);
    if (!files_) return false;
    TakeNewFiles();
  } else {
    auto file = std::make_shared<LogFile>();
    file->fd = OpenRegularFile(options_.path, failure);
    if (!file->fd) return false;
    tailed_.push_back(std::make_unique<TailedFile>(std::move(file), 0, options_.max_line_bytes));
  }
  if (tailed_.empty()) return true;
  struct stat status = {};
  if (fstat(tailed_.front()->file->fd.Get(), &status) != 0) {
    *failure = PathFailure("cannot read", options_.path, errno);
    return false;
  }
  size_at_start_ = static_cast<uint64_t>(status.st_size);
  return true;
}

void TailAction::Run() {
  pthread_setname_np(pthread_self(), "file.tail");
  if (!tailed_.empty() && !FindStart()) return;
  if (files_) {
    Follow();
  } else {
    ReadOnce();
  }
}

bool TailAction::FindStart() {
  TailedFile& first = *tailed_.front();
  uint64_t offset = 0;
  const int error = FindLastLines(
      first.file->fd.Get(), size_at_start_, options_.lines, [this] { return stopping_.load(); },
      &offset);
  if (error != 0) {
    if (error != ECANCELED) EndUnreadable(error);
    return false;
  }
  first.reader = GrowingFile(first.file->fd.Get(), offset);
  return true;
}

// What was in the file at the start, to its end or to where it has been cut off since.
void TailAction::ReadOnce() {
  TailedFile& tailed = *tailed_.front();
  std::string bytes;
  while (!ended_ && !stopping_ && tailed.reader.offset() < size_at_start_) {
    const uint64_t left = size_at_start_ - tailed.reader.offset();
    const GrowingFile::Progress progress = tailed.reader.ReadNext(&bytes);
    if (progress == GrowingFile::Progress::kFailed) EndUnreadable(tailed.reader.error());
    if (progress != GrowingFile::Progress::kBytes) break;
    bytes.resize(std::min<uint64_t>(bytes.size(), left));
    Deliver(0, bytes);
  }
  if (stopping_) return;
  Flush(&tailed);
  End(S_OK, "");
}

void TailAction::Follow() {
  while (!ended_) {
    // Asked before the reading: what happened until then is read.
    const bool stop = stopping_;
    const std::optional<Failure> failure = files_->failure();
    TakeNewFiles();
    Drain(tailed_.size());
    RetireFiles();
    if (stop || failure) {
      for (const auto& tailed : tailed_) Flush(tailed.get());
      if (failure && !stop) End(failure->hresult, failure->message);
      return;
    }
    files_->WaitForChange();
  }
}

void TailAction::TakeNewFiles() {
  for (std::shared_ptr<const LogFile>& file : files_->files()) {
    const bool known = std::any_of(tailed_.begin(), tailed_.end(),
                                   [&](const auto& tailed) { return tailed->file == file; });
    if (known) continue;
    tailed_.push_back(std::make_unique<TailedFile>(std::move(file), 0, options_.max_line_bytes));
  }
}

// Reads the first `count` files to their ends. Bytes of a file are reported only after the files
// before it have been read once more: what a writer wrote there before it turned to the newer file
// comes first, however late it was written.
void TailAction::Drain(size_t count) {
  std::string bytes;
  for (size_t index = 0; index < count; ++index) {
    while (!ended_ && ReadNext(tailed_[index].get(), &bytes)) {
      Drain(index);
      Deliver(index, bytes);
    }
  }
}

// False at the end of the file, for now or for good.
bool TailAction::ReadNext(TailedFile* tailed, std::string* bytes) {
  if (left_when_stopping_ == 0) return false;
  while (!tailed->finished) {
    switch (tailed->reader.ReadNext(bytes)) {
      case GrowingFile::Progress::kBytes:
        return true;
      case GrowingFile::Progress::kNothing:
        return false;
      case GrowingFile::Progress::kFailed:
        EndUnreadable(tailed->reader.error());
        return false;
      case GrowingFile::Progress::kTruncated:
        Flush(tailed);
        // One that has been replaced already is not a log any more when it is overwritten.
        tailed->finished = tailed != tailed_.back().get();
    }
  }
  return false;
}

void TailAction::Deliver(size_t index, const std::string& bytes) {
  // Lines without a newline in files that have been replaced: nothing will complete them.
  for (size_t older = 0; older < index; ++older) Flush(tailed_[older].get());
  if (ended_ || left_when_stopping_ == 0) return;
  tailed_[index]->has_given = true;
  tailed_[index]->splitter.Add(
      bytes, [this](std::string_view line, bool goes_on) { return Report(line, goes_on); });
  if (stopping_) left_when_stopping_ -= std::min<uint64_t>(left_when_stopping_, bytes.size());
}

void TailAction::Flush(TailedFile* tailed) {
  if (ended_) return;
  tailed->splitter.Flush(
      [this](std::string_view line, bool goes_on) { return Report(line, goes_on); });
}

bool TailAction::Report(std::string_view line, bool goes_on) {
  const HRESULT hresult = reporter_.ReportPatiently(line, stopping_, goes_on ? S_FALSE : S_OK);
  if (FAILED(hresult)) End(hresult, "");
  return !ended_;
}

void TailAction::RetireFiles() {
  for (size_t index = 0; index < tailed_.size() && !ended_;) {
    TailedFile* tailed = tailed_[index].get();
    if (IsDeleted(*tailed->file)) Flush(tailed);
    if (!Outlived(index)) {
      ++index;
      continue;
    }
    Flush(tailed);
    files_->Retire(tailed->file);
    tailed_.erase(tailed_.begin() + static_cast<std::ptrdiff_t>(index));
  }
}

bool TailAction::Outlived(size_t index) const {
  const auto after = tailed_.begin() + static_cast<std::ptrdiff_t>(index) + 1;
  const auto newer = static_cast<size_t>(tailed_.end() - after);
  const auto written = static_cast<size_t>(
      std::count_if(after, tailed_.end(), [](const auto& tailed) { return tailed->has_given; }));
  if (newer == 0) return false;
  // A deleted file takes up disk space for as long as it is open.
  if (IsDeleted(*tailed_[index]->file)) return written >= 1 || newer >= kNewerWritten;
  return tailed_[index]->finished || written >= kNewerWritten || newer >= kNewer;
}

void TailAction::EndUnreadable(int error) {
  const Failure failure = PathFailure("cannot read", options_.path, error);
  End(failure.hresult, failure.message);
}

// At most once.
void TailAction::End(HRESULT status, const std::string& message) {
  if (ended_) return;
  ended_ = true;
  reporter_.ReportFinal(status, message);
}

}  // namespace rsca::managers::file
