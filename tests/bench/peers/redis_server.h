// A Redis server of its own, in a directory of its own, on a unix socket there: its fastest way.
#ifndef RSCA_TESTS_BENCH_PEERS_REDIS_SERVER_H_
#define RSCA_TESTS_BENCH_PEERS_REDIS_SERVER_H_

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/unique_fd.h"
#include "tests/bench/peers/peer_server.h"
#include "tests/bench/peers/readers.h"
#include "tests/support/temp_dir.h"

namespace rsca::bench {

class RedisServer {
 public:
  static constexpr char kProgram[] = "redis-server";

  // With what these lines of redis.conf say.
  explicit RedisServer(std::string_view config);

  UniqueFd Connect() const;
  pid_t pid() const { return process_->pid(); }

 private:
  const support::TempDir dir_;
  const std::string socket_;
  std::unique_ptr<PeerServer> process_;
};

// A command as Redis takes it.
std::string RedisCommand(const std::vector<std::string>& words);

// What comes before and after the last word of a command, which has so many bytes.
struct RedisCommandParts {
  std::string before;
  std::string after;
};
RedisCommandParts SplitRedisCommand(const std::vector<std::string>& words, size_t last_bytes);

// Reads replies without making objects of them, which for small results costs more than all the
// rest.
class RedisReader : public Reader {
 public:
  RedisReader();
  void Read(const UniqueFd& connection, std::string_view bytes) final;

 protected:
  // A string within a reply: at which place of the innermost array, and within how many arrays.
  virtual void TakeString(int depth, int index, std::string_view text) = 0;
  virtual void TakeReply(const UniqueFd&) {}  // a whole one has come

 private:
  static void* OnString(const redisReadTask* task, char* text, size_t size);

  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  const std::unique_ptr<redisReader, Free> reader_;
  std::string error_;
};

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_PEERS_REDIS_SERVER_H_
