// Reads the connections of many subscribers on one thread, which costs least on few processors.
#ifndef RSCA_TESTS_BENCH_PEERS_READERS_H_
#define RSCA_TESTS_BENCH_PEERS_READERS_H_

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/unique_fd.h"
#include "tests/bench/measure.h"

namespace rsca::bench {

// What is made of a connection's bytes. Used by the readers' thread only.
class Reader {
 public:
  virtual ~Reader() = default;
  // Bytes as they come, in any pieces. Throws std::runtime_error at what cannot be.
  virtual void Read(const UniqueFd& connection, std::string_view bytes) = 0;
};

class Readers {
 public:
  Readers();
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  void Add(UniqueFd connection, std::unique_ptr<Reader> reader);

  // What a reader has thrown; a connection that ended is a failure, too.
  void ThrowIfFailed() const;

 private:
  struct Connection {
    UniqueFd fd;
    std::unique_ptr<Reader> reader;
  };

  void Run();
  void Read(Connection* connection);

  const UniqueFd epoll_;
  const UniqueFd stop_;
  std::string buffer_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::exception_ptr failure_;
  std::thread thread_;
};

// Results of one size, one after the other.
class RecordReader final : public Reader {
 public:
  RecordReader(size_t bytes, Meter::Lane* lane) : bytes_(bytes), lane_(lane) {}
  void Read(const UniqueFd& connection, std::string_view bytes) override;

 private:
  const size_t bytes_;
  Meter::Lane* const lane_;
  std::string pending_;
};

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_PEERS_READERS_H_
