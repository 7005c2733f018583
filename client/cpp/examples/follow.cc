// Registers an action, prints what it reports as it comes, and ends it on Ctrl-C:
//
//   follow file.tail '{"path": "/var/log/syslog"}'
//
// Kill the connection, or stop and continue the server: the output goes on where it was.
#include <pthread.h>
#include <rsca/client/client.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: follow FUNCTION [ARGUMENTS]\n";
    return 2;
  }
  // Before any thread begins, so that all of them leave the signals to the one that waits for them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  absl::StatusOr<rsca::client::Client> client = rsca::client::Client::Connect();
  if (!client.ok()) {
    std::cerr << rsca::client::DescribeError(client.status()) << "\n";
    return 1;
  }
  absl::StatusOr<rsca::client::ResultStream> stream =
      client->Register(argv[1], argc > 2 ? argv[2] : "");
  if (!stream.ok()) {
    std::cerr << rsca::client::DescribeError(stream.status()) << "\n";
    return 1;
  }
  std::cerr << "following " << stream->registration().name() << "\n";

  // The first signal ends the registration, and the loop below goes on to its final result. The
  // second one leaves at once.
  std::atomic<bool> done = false;
  std::thread on_signal([&] {
    int signal = 0;
    for (bool again = false; sigwait(&signals, &signal) == 0 && !done; again = true) {
      if (again || !stream->Unregister().ok()) stream->Cancel();
    }
  });

  for (const rsca::client::Event& event : *stream) {
    if (event.result() != nullptr) {
      std::cout << event.result()->response() << std::endl;
    } else {
      std::cerr << "interrupted: " << event.interruption()->reason() << "\n";
    }
  }

  done = true;
  kill(getpid(), SIGTERM);  // blocked everywhere: sigwait takes it
  on_signal.join();
  if (!stream->status().ok()) {
    std::cerr << rsca::client::DescribeError(stream->status()) << "\n";
    return 1;
  }
  std::cerr << "ended: " << stream->outcome()->message() << "\n";
  return stream->outcome()->kind() == rsca::v1::Outcome::KIND_FAILED ? 3 : 0;
}
