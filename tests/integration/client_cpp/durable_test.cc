// The C++ client library with durable registrations, while the server is killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "rsca/client/client.h"
#include "tests/support/rscad_process.h"

namespace rsca::client {
namespace {

using support::Config;
using support::RscadProcess;

TEST(ClientWithADurableRegistration, RidesOverAServerThatIsKilledAgainAndAgain) {
  RscadProcess server(Config()
                          .Pool("default", {"counter"}, {{"restart_backoff_min", "10ms"}})
                          .Set("journal.sync", "off"));
  RegisterOptions options;
  options.durable = true;
  options.ttl = absl::Hours(1);
  options.retry.initial_backoff = absl::Milliseconds(1);
  absl::StatusOr<Client> client = Client::Connect({server.address()});
  ASSERT_TRUE(client.ok()) << client.status();
  absl::StatusOr<ResultStream> stream =
      client->Register("restartable_counter", R"({"interval_ms": 1})", options);
  ASSERT_TRUE(stream.ok()) << stream.status();
  std::uint64_t sequence = 0;
  std::uint64_t count = 0;
  int interruptions = 0;
  const auto read = [&] {
    const absl::StatusOr<std::optional<Event>> event = stream->Next();
    if (!event.ok() || !event->has_value()) return false;
    EXPECT_EQ((*event)->sequence(), ++sequence);
    if ((*event)->interruption() != nullptr) {
      ++interruptions;
      count = 0;
    } else {
      EXPECT_EQ((*event)->result()->response(), absl::StrCat(++count));
    }
    return true;
  };
  for (int round = 1; round <= 2; ++round) {
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(read()) << stream->status();
    server.Kill();
    ASSERT_TRUE(server.Wait().has_value());
    std::thread restart([&server] { server.Restart(); });
    while (interruptions < round) {
      if (!read()) break;
    }
    restart.join();
    ASSERT_EQ(interruptions, round) << stream->status();
  }
  EXPECT_TRUE(stream->Unregister().ok());
  while (stream->Next().value_or(std::nullopt).has_value()) {
  }
  EXPECT_TRUE(stream->status().ok()) << stream->status();
  ASSERT_NE(stream->outcome(), nullptr);
  EXPECT_EQ(stream->outcome()->kind(), v1::Outcome::KIND_UNREGISTERED);
}

}  // namespace
}  // namespace rsca::client
