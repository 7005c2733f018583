#include "server/managers/file/functions.h"

#include "server/managers/file/regular_file.h"
#include "server/managers/file/tail_action.h"
#include "server/managers/file/watch_action.h"

namespace rsca::managers::file {
namespace {

// The longest response that the server takes unless it is configured otherwise.
constexpr uint64_t kMaxResponseBytes = 1 << 20;

constexpr wchar_t kTailSchema[] =
    LR"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "description": "Reports the last lines of a file, then each line as it is written. One result is one line with its newline; all responses joined are the bytes of the log, and nothing else is among them. hr_status is S_OK, or S_FALSE for a piece of a line longer than max_line_bytes that goes on in the next result. While following, a last line without a newline is held back until its newline comes, the file is truncated or deleted, the file that replaced it is written to, or the registration ends. Rotation by renaming or deleting loses nothing: each file that gets the path is read from its start, after the former one has been read to its end. What is written between the last read and a truncation (copytruncate) is lost with the truncation.",
  "properties": {
    "path": {
      "type": "string",
      "minLength": 1,
      "maxLength": 4095,
      "description": "Absolute path of a regular file that the server may read, in a directory that it may list. Symbolic links are followed, also when they change later."
    },
    "lines": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991,
      "default": 10,
      "description": "How many of the last lines to begin with. 0 begins at the end of the file."
    },
    "follow": {
      "type": "boolean",
      "default": true,
      "description": "Whether to go on with what is written, also to the files that replace this one. Otherwise the final result comes after the last line of the file as it was at the start."
    },
    "retry": {
      "type": "boolean",
      "default": false,
      "description": "Whether to wait for a file that does not exist yet, or a directory of its path, and report it from its start. Otherwise that is an error. Only with follow."
    },
    "max_line_bytes": {
      "type": "integer",
      "minimum": 1,
      "maximum": 1048576,
      "default": 1048576,
      "description": "The largest response in bytes. A longer line comes in pieces of this size, all but the last with S_FALSE."
    }
  },
  "required": ["path"],
  "additionalProperties": false
})json";

constexpr wchar_t kWatchSchema[] =
    LR"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "description": "Reports what changes in a directory and below it. One result is one JSON object: event, path (absolute), is_directory, time (RFC 3339, UTC, when it was noticed), old_path for a move. event is create, modify (the contents of a file; several writes may be one event), move (within the tree; a move out of it is a delete, one into it a create) or delete. A name that is not UTF-8 is shown with replacement characters and exactly, in base64, as path_base64 and old_path_base64. Results with S_FALSE say that changes may be missing: overflow (the kernel dropped events because readers were too slow; from this result on the tree is watched anew) and unwatched (the directory `path` cannot be watched, `message` says why). When the watched directory itself goes, the final result is root_deleted, root_moved or root_unmounted.",
  "properties": {
    "path": {
      "type": "string",
      "minLength": 1,
      "maxLength": 4095,
      "description": "Absolute path of a directory that the server may list. Symbolic links in it are followed; links below it are not."
    },
    "recursive": {
      "type": "boolean",
      "default": true,
      "description": "Whether to watch the directories below it, too, those made later included."
    }
  },
  "required": ["path"],
  "additionalProperties": false
})json";

constexpr wchar_t kReadSchema[] =
    LR"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "description": "Answers with bytes of a file as they are. Fewer than asked for, or none, are at the end of the file.",
  "properties": {
    "path": {
      "type": "string",
      "minLength": 1,
      "maxLength": 4095,
      "description": "Absolute path of a regular file that the server may read. Symbolic links are followed."
    },
    "offset": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991,
      "default": 0,
      "description": "Where to begin, in bytes from the start of the file. Past its end there is nothing to read, which is no error."
    },
    "length": {
      "type": "integer",
      "minimum": 0,
      "maximum": 1048576,
      "default": 1048576,
      "description": "How many bytes at most."
    }
  },
  "required": ["path"],
  "additionalProperties": false
})json";

std::unique_ptr<Action> StartTail(const nlohmann::json& arguments, Reporter reporter,
                                  Failure* failure) {
  TailOptions options;
  options.path = PathArgument(arguments, failure);
  if (options.path.empty()) return nullptr;
  options.lines = arguments.value("lines", uint64_t{10});
  options.follow = arguments.value("follow", true);
  options.retry = arguments.value("retry", false);
  options.max_line_bytes = arguments.value("max_line_bytes", kMaxResponseBytes);
  return TailAction::Start(options, std::move(reporter), failure);
}

std::unique_ptr<Action> StartWatch(const nlohmann::json& arguments, Reporter reporter,
                                   Failure* failure) {
  const std::string path = PathArgument(arguments, failure);
  if (path.empty()) return nullptr;
  return WatchAction::Start(path, arguments.value("recursive", true), std::move(reporter), failure);
}

std::string Read(const nlohmann::json& arguments, Failure* failure) {
  const std::string path = PathArgument(arguments, failure);
  if (path.empty()) return {};
  const UniqueFd fd = OpenRegularFile(path, failure);
  if (!fd) return {};
  std::string bytes;
  const int error = ReadAt(fd.Get(), arguments.value("offset", uint64_t{0}),
                           arguments.value("length", kMaxResponseBytes), &bytes);
  if (error != 0) *failure = PathFailure("cannot read", path, error);
  return bytes;
}

}  // namespace

Function TailFunction() {
  Function function;
  function.name = L"file.tail";
  function.summary =
      L"Reports the last lines of a file and follows it through rotation and truncation.";
  function.arguments_schema = kTailSchema;
  function.response_content_type = L"application/octet-stream";
  function.semantics = RSCA_READ_ONLY;
  function.start = StartTail;
  return function;
}

Function WatchFunction() {
  Function function;
  function.name = L"file.watch";
  function.summary = L"Reports what is created, modified, moved and deleted in a directory tree.";
  function.arguments_schema = kWatchSchema;
  function.response_content_type = L"application/json";
  function.semantics = RSCA_READ_ONLY | RSCA_IDEMPOTENT | RSCA_RESTARTABLE;
  function.start = StartWatch;
  return function;
}

Function ReadFunction() {
  Function function;
  function.name = L"file.read";
  function.summary = L"Answers with the bytes of a file, or of a part of it.";
  function.arguments_schema = kReadSchema;
  function.response_content_type = L"application/octet-stream";
  function.semantics = RSCA_READ_ONLY | RSCA_IDEMPOTENT | RSCA_RESTARTABLE;
  function.run = Read;
  return function;
}

}  // namespace rsca::managers::file
