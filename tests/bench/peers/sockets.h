// Stream sockets of this host: what the peers' protocols are spoken over.
#ifndef RSCA_TESTS_BENCH_PEERS_SOCKETS_H_
#define RSCA_TESTS_BENCH_PEERS_SOCKETS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/unique_fd.h"

namespace rsca::bench {

// std::runtime_error with what failed and errno's text.
[[noreturn]] void ThrowErrno(const std::string& what);

// On loopback, on a port that is free.
UniqueFd ListenTcp();
uint16_t PortOf(const UniqueFd& listener);
UniqueFd AcceptTcp(const UniqueFd& listener);

// A port that is free now, for a server that cannot choose one itself.
uint16_t FreePort();

// Without Nagle's delay. Throws if nobody listens.
UniqueFd ConnectTcp(uint16_t port);
UniqueFd ConnectUnix(const std::string& path);

bool CanConnectTcp(uint16_t port);

void SendAll(const UniqueFd& socket, std::string_view bytes);

// Reads until what came ends with `end`, and returns it. Throws after 10 seconds.
std::string ReceiveUntil(const UniqueFd& socket, std::string_view end);

}  // namespace rsca::bench

#endif  // RSCA_TESTS_BENCH_PEERS_SOCKETS_H_
