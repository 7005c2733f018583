// The command that `ssh host command` runs: writes a line for each result.
//
//   rsca-bench-lines BYTES RATE      of a line, with its end; lines a second, 0: as fast as they go
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/bench/measure.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::string line(std::strtoul(argv[1], nullptr, 10), 'r');
  if (line.size() < sizeof(int64_t) + 1) return 2;
  line.back() = '\n';
  const double rate = std::strtod(argv[2], nullptr);
  rsca::bench::Ticker ticker(rate);
  do {
    ticker.Wait();
    rsca::bench::PutStamp(line.data());
    std::fwrite(line.data(), 1, line.size(), stdout);
    if (rate > 0) std::fflush(stdout);
  } while (std::ferror(stdout) == 0);
  return 1;
}
