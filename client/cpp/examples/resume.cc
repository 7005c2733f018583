// Follows an action through restarts of this very program, without losing a result:
//
//   resume /tmp/tail.state file.tail '{"path": "/var/log/syslog"}'
//
// The state file holds the registration's name and the last sequence that was printed. Run it,
// kill it, run it again. (Killed between printing and noting, it prints that one result twice.)
#include <rsca/client/client.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

namespace {

using rsca::client::Client;
using rsca::client::ResultStream;

absl::StatusOr<ResultStream> Begin(Client& client, const std::string& function,
                                   const std::string& arguments) {
  rsca::client::RegisterOptions options;
  options.detach_grace = absl::Minutes(1);  // the time that a restart may take
  return client.Register(function, arguments, options);
}

absl::StatusOr<ResultStream> Continue(Client& client, const std::string& name, uint64_t last) {
  rsca::client::StreamOptions options;
  options.after_sequence = last;
  return client.Attach(name, options);
}

// By rename, so that whoever kills the program leaves the old state or the new one.
void Note(const std::string& path, const std::string& name, uint64_t last) {
  const std::string next = path + ".next";
  std::ofstream(next) << name << " " << last << "\n";
  std::rename(next.c_str(), path.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::cerr << "usage: resume STATE_FILE FUNCTION [ARGUMENTS]\n";
    return 2;
  }
  absl::StatusOr<Client> client = Client::Connect();
  if (!client.ok()) {
    std::cerr << rsca::client::DescribeError(client.status()) << "\n";
    return 1;
  }
  std::string name;
  uint64_t last = 0;
  const bool resumes = static_cast<bool>(std::ifstream(argv[1]) >> name >> last);
  absl::StatusOr<ResultStream> stream =
      resumes ? Continue(*client, name, last) : Begin(*client, argv[2], argc > 3 ? argv[3] : "");
  if (!stream.ok()) {
    std::cerr << rsca::client::DescribeError(stream.status()) << "\n";
    return 1;
  }
  std::cerr << (resumes ? "going on after " : "beginning after ") << stream->last_sequence()
            << "\n";

  for (const rsca::client::Event& event : *stream) {
    if (event.result() != nullptr) std::cout << event.result()->response() << std::endl;
    Note(argv[1], stream->registration().name(), event.sequence());
  }
  if (!stream->status().ok()) {
    std::cerr << rsca::client::DescribeError(stream->status()) << "\n";
    return 1;
  }
  std::remove(argv[1]);
  std::cerr << "ended: " << stream->outcome()->message() << "\n";
  return 0;
}
