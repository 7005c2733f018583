// A TCP proxy before a unix socket that cuts each connection after some bytes, anywhere in a frame.
#ifndef RSCA_TESTS_INTEGRATION_CLIENT_CPP_CUTTING_PROXY_H_
#define RSCA_TESTS_INTEGRATION_CLIENT_CPP_CUTTING_PROXY_H_

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace rsca {

// Thread-safe.
class CuttingProxy {
 public:
  // Each connection carries at least `min_bytes` and at most `max_bytes` from server to client.
  CuttingProxy(std::string unix_path, int64_t min_bytes, int64_t max_bytes);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  // `127.0.0.1:PORT`.
  std::string address() const;

  int cuts() const { return cuts_; }

 private:
  void Accept();
  // Copies until an end, or for so many bytes; then neither side hears more.
  void Copy(int from, int to, int64_t bytes);

  const std::string unix_path_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> cuts_ = 0;
  std::minstd_rand random_;  // of the accepting thread; a fixed seed
  std::uniform_int_distribution<int64_t> budget_;
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<int> sockets_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> copiers_;  // of the accepting thread, then of the destructor
  std::thread acceptor_;
};

}  // namespace rsca

#endif  // RSCA_TESTS_INTEGRATION_CLIENT_CPP_CUTTING_PROXY_H_
