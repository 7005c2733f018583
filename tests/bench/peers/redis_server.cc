#include "tests/bench/peers/redis_server.h"

#include <unistd.h>

#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "tests/bench/peers/sockets.h"

namespace rsca::bench {
namespace {

// The reader wants an object for each value; nobody looks at this one.
void* NoObject() {
  static char none = 0;
  return &none;
}
void* OnArray(const redisReadTask*, int) { return NoObject(); }
void* OnInteger(const redisReadTask*, long long) { return NoObject(); }
void* OnNil(const redisReadTask*) { return NoObject(); }
void OnFree(void*) {}

int DepthOf(const redisReadTask* task) {
  int depth = 0;
  for (; task->parent != nullptr; task = task->parent) ++depth;
  return depth;
}

void AppendWord(std::string_view word, std::string* command) {
  absl::StrAppend(command, "$", word.size(), "\r\n");
  command->append(word).append("\r\n");
}

}  // namespace

RedisServer::RedisServer(std::string_view config) : socket_(dir_.File("redis.sock")) {
  const std::string file = dir_.File("redis.conf");
  support::WriteFile(file, absl::StrCat("port 0\nunixsocket ", socket_, "\ndir ", dir_.path(),
                                        "\nsave \"\"\n", std::string(config)));
  process_ = std::make_unique<PeerServer>(std::vector<std::string>{kProgram, file});
  process_->WaitUntil([this] { return access(socket_.c_str(), W_OK) == 0; });
}

UniqueFd RedisServer::Connect() const { return ConnectUnix(socket_); }

std::string RedisCommand(const std::vector<std::string>& words) {
  std::string command = absl::StrCat("*", words.size(), "\r\n");
  for (const std::string& word : words) AppendWord(word, &command);
  return command;
}

RedisCommandParts SplitRedisCommand(const std::vector<std::string>& words, size_t last_bytes) {
  std::string before = absl::StrCat("*", words.size() + 1, "\r\n");
  for (const std::string& word : words) AppendWord(word, &before);
  absl::StrAppend(&before, "$", last_bytes, "\r\n");
  return {.before = before, .after = "\r\n"};
}

RedisReader::RedisReader()
    : reader_([] {
        static redisReplyObjectFunctions functions = {OnString, OnArray, OnInteger, OnNil, OnFree};
        return redisReaderCreateWithFunctions(&functions);
      }()) {
  reader_->privdata = this;
  reader_->maxbuf = 0;  // keeps its memory when it is empty
}

void RedisReader::Read(const UniqueFd& connection, std::string_view bytes) {
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
  while (true) {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) error_ = reader_->errstr;
    if (!error_.empty()) throw std::runtime_error("Redis: " + error_);
    if (reply == nullptr) return;
    TakeReply(connection);
  }
}

void* RedisReader::OnString(const redisReadTask* task, char* text, size_t size) {
  auto* const self = static_cast<RedisReader*>(task->privdata);
  if (task->type == REDIS_REPLY_ERROR) {
    self->error_.assign(text, size);
  } else {
    self->TakeString(DepthOf(task), task->idx, {text, size});
  }
  return NoObject();
}

}  // namespace rsca::bench
