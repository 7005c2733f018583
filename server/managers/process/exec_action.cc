#include "server/managers/process/exec_action.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/utf.h"

namespace rsca::managers {
namespace {

constexpr size_t kReadBytes = 32768;

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? absl::StrCat("SIG", name) : absl::StrCat("signal ", signal);
}

}  // namespace

ExecAction::ExecAction(std::unique_ptr<Child> child, uint64_t output_limit, Reporter reporter)
    : child_(std::move(child)),
      output_limit_(output_limit),
      reporter_(std::move(reporter)),
      output_{"stdout", child_->standard_output(), {}},
      error_{"stderr", child_->standard_error(), {}},
      thread_([this] { Run(); }) {}

ExecAction::~ExecAction() {
  if (thread_.joinable()) Stop();
}

void ExecAction::Stop() {
  stopping_ = true;
  child_->Terminate();
  thread_.join();
}

void ExecAction::Run() {
  Report({{"event", "started"}, {"pid", child_->pid()}});
  Pump();
  (void)reporter_.ReportFinal(FinalStatus(), FinalEvent().dump());
}

// Until the child has ended and what it wrote is reported.
void ExecAction::Pump() {
  while (SUCCEEDED(report_status_)) {
    // poll() passes over negative descriptors.
    pollfd fds[] = {
        {output_.fd, POLLIN, 0}, {error_.fd, POLLIN, 0}, {child_->ended_fd(), POLLIN, 0}};
    if (poll(fds, 3, -1) < 0) continue;
    if (fds[2].revents != 0) {
      Drain(&output_);
      Drain(&error_);
      return;
    }
    if (fds[0].revents != 0) ReadSome(&output_);
    if (fds[1].revents != 0) ReadSome(&error_);
  }
  child_->Terminate();
  child_->OutputEnded();
  WaitForChild();
}

void ExecAction::WaitForChild() {
  pollfd ended = {child_->ended_fd(), POLLIN, 0};
  while (poll(&ended, 1, -1) < 0) continue;
}

// Whether there may be more at once.
bool ExecAction::ReadSome(Stream* stream) {
  char buffer[kReadBytes];
  const ssize_t size = read(stream->fd, buffer, sizeof buffer);
  if (size < 0 && errno == EINTR) return true;
  if (size < 0 && errno == EAGAIN) return false;
  if (size <= 0) {
    EndStream(stream);
    return false;
  }
  Take(stream, std::string_view(buffer, static_cast<size_t>(size)));
  return SUCCEEDED(report_status_);
}

// What is left in the pipe. Not more than fits into it: a process that has left the group may hold
// the other end and write for ever.
void ExecAction::Drain(Stream* stream) {
  if (stream->fd < 0) return;
  const int capacity = fcntl(stream->fd, F_GETPIPE_SZ);
  const size_t reads = static_cast<size_t>(std::max(capacity, 0)) / kReadBytes + 1;
  for (size_t i = 0; i < reads && stream->fd >= 0 && ReadSome(stream); ++i) continue;
  EndStream(stream);
}

void ExecAction::EndStream(Stream* stream) {
  if (stream->fd < 0) return;
  stream->fd = -1;
  ReportOutput(*stream, stream->splitter.Rest());
  if (output_.fd < 0 && error_.fd < 0) child_->OutputEnded();
}

void ExecAction::Take(Stream* stream, std::string_view bytes) {
  const uint64_t room = output_limit_ - std::min(output_bytes_, output_limit_);
  output_bytes_ += bytes.size();
  ReportOutput(*stream, stream->splitter.Add(bytes.substr(0, room)));
}

void ExecAction::ReportOutput(const Stream& stream, std::string_view bytes) {
  if (bytes.empty()) return;
  nlohmann::json event = {{"event", "output"}, {"stream", stream.name}};
  // A zero is valid UTF-8, but six characters in JSON and in no text.
  if (IsUtf8(bytes) && bytes.find('\0') == std::string_view::npos) {
    event["data"] = bytes;
  } else {
    event["data_base64"] = absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
  }
  Report(event);
}

void ExecAction::Report(const nlohmann::json& event) {
  if (FAILED(report_status_)) return;
  report_status_ = reporter_.ReportPatiently(event.dump(), stopping_);
}

HRESULT ExecAction::FinalStatus() const {
  if (FAILED(report_status_)) return report_status_;
  const Exit exit = child_->exit();
  if (exit.cause == Exit::Cause::kTimeout) return HRESULT_FROM_WIN32(ERROR_TIMEOUT);
  if (exit.cause == Exit::Cause::kTerminated) return HRESULT_FROM_WIN32(ERROR_CANCELLED);
  return exit.wait_status == 0 ? S_OK : E_FAIL;
}

nlohmann::json ExecAction::FinalEvent() const {
  const Exit exit = child_->exit();
  nlohmann::json event = {
      {"event", "exited"},
      {"pid", child_->pid()},
      {"timed_out", exit.cause == Exit::Cause::kTimeout},
      {"terminated", exit.cause == Exit::Cause::kTerminated},
      {"cpu_user_seconds", absl::ToDoubleSeconds(exit.cpu_user)},
      {"cpu_system_seconds", absl::ToDoubleSeconds(exit.cpu_system)},
      {"peak_memory_bytes", exit.peak_memory_bytes},
      {"duration_seconds", absl::ToDoubleSeconds(exit.duration)},
      {"output_bytes", output_bytes_},
      {"truncated_bytes", output_bytes_ - std::min(output_bytes_, output_limit_)},
  };
  if (WIFSIGNALED(exit.wait_status)) {
    event["signal"] = WTERMSIG(exit.wait_status);
    event["signal_name"] = SignalName(WTERMSIG(exit.wait_status));
  } else {
    event["exit_status"] = WEXITSTATUS(exit.wait_status);
  }
  return event;
}

Function ExecFunction() {
  return {.name = L"process.exec",
          .summary =
              L"Runs a command and reports what it writes as it comes, then how it ended. Fails "
              L"unless it exits with status 0.",
          .arguments_schema = kCommandSchema,
          .response_content_type = L"application/json",
          .semantics = RSCA_AT_MOST_ONCE,
          .start = [](const nlohmann::json& arguments, Reporter reporter,
                      Failure* failure) -> std::unique_ptr<Action> {
            const auto command = CommandFromArguments(arguments, failure);
            if (!command) return nullptr;
            auto child = Child::Start(*command, failure);
            if (!child) return nullptr;
            return std::make_unique<ExecAction>(std::move(child), command->output_limit,
                                                std::move(reporter));
          },
          .run = nullptr};
}

}  // namespace rsca::managers
