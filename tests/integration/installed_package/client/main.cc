// A program of somebody who has the installed package alone: calls the example plug-in and a
// built-in action on the server that is named on the command line.
#include <rsca/client/client.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/time/clock.h"

#define CHECK(condition)                                                         \
  do {                                                                           \
    if (!(condition)) {                                                          \
      std::fprintf(stderr, "line %d: %s does not hold\n", __LINE__, #condition); \
      std::exit(1);                                                              \
    }                                                                            \
  } while (false)

namespace {

template <typename Value>
Value Must(absl::StatusOr<Value> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "%s\n", rsca::client::DescribeError(value.status()).c_str());
    std::exit(1);
  }
  return *std::move(value);
}

}  // namespace

int main(int argc, char** argv) {
  CHECK(argc == 2);
  rsca::client::ConnectOptions options;
  options.address = argv[1];
  options.ready_timeout = absl::Minutes(2);
  rsca::client::Client client = Must(rsca::client::Client::Connect(options));

  // Workers may still be starting; the test's time limit bounds this.
  for (const char* service : {"pool/default", "pool/example"}) {
    while (!client.CheckHealth({}, service).ok()) absl::SleepFor(absl::Milliseconds(20));
  }

  const rsca::v1::CustomAction tick = Must(client.GetCustomAction("example.tick"));
  CHECK(tick.answers() == rsca::v1::CustomAction::ANSWERS_MANY);
  CHECK(tick.pool() == "example");

  const auto echo = Must(client.Run("example.echo", R"({"text": "gr\u00fc\u00df"})"));
  CHECK(echo.hr_status() == 0);
  CHECK(echo.response() == R"({"text": "gr\u00fc\u00df"})");
  CHECK(Must(client.Run("host.info", "{}")).response().find("hostname") != std::string::npos);

  rsca::client::ResultStream stream = Must(client.Register("example.tick", "{}"));
  uint64_t expected = 1;
  std::string last;
  for (rsca::client::Event& event : stream) {
    CHECK(event.sequence() == expected);
    CHECK(event.result() != nullptr);
    last = event.result()->response();
    if (expected == 2) {
      CHECK(last == "tick 2");
      CHECK(stream.Unregister().ok());
    }
    ++expected;
  }
  CHECK(stream.status().ok());
  CHECK(last == "no more ticks");
  CHECK(stream.outcome() != nullptr);
  CHECK(stream.outcome()->kind() == rsca::v1::Outcome::KIND_UNREGISTERED);
  return 0;
}
