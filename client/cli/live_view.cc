#include "client/cli/live_view.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/cli/exit_status.h"

namespace rsca::cli {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(2);
// Between two pictures, however much happens.
constexpr absl::Duration kLeastInterval = absl::Milliseconds(100);

}  // namespace

int LiveView::Run(const Render& render) {
  stopper_.Watch();
  std::thread follower([this] { FollowEvents(); });
  int status = ShowUntilStopped(render);
  client::Cancellation(stopper_.cancellation()).Cancel();
  follower.join();
  const std::optional<int> interrupted = stopper_.ExitStatus();
  if (status == kExitOk && interrupted.has_value()) status = *interrupted;
  return session_->Finish(status);
}

int LiveView::ShowUntilStopped(const Render& render) {
  bool away = false;
  do {
    client::CallOptions call = session_->CallOptions();
    if (session_->options().timeout.has_value()) call.timeout = absl::InfiniteDuration();
    call.cancellation = stopper_.cancellation();
    const absl::StatusOr<std::string> text = render(DescribeTerminal(STDOUT_FILENO), call);
    if (stopper_.stopped()) break;
    if (text.ok()) {
      away = false;
      Show(*text);
      if (session_->console().write_error() != 0) break;
    } else if (!shown_ || !absl::IsUnavailable(text.status())) {
      return session_->Fail(text.status());
    } else if (!away) {
      away = true;
      session_->console().Status("the server does not answer; waiting for it");
    }
  } while (stopper_.Wait(kLeastInterval, kInterval));
  return kExitOk;
}

void LiveView::Show(const std::string& text) {
  Console& console = session_->console();
  if (!console.out().is_terminal) {
    console.Write(
        absl::StrCat(shown_ && session_->options().format == Format::kTable ? "\n" : "", text));
  } else {
    // As many lines as there is room for, cut at the right edge, each over the one that was there,
    // then nothing below: no flicker.
    std::vector<std::string> lines = absl::StrSplit(text, '\n');
    lines.resize(std::min(lines.size(), DescribeTerminal(STDOUT_FILENO).height));
    console.Write(absl::StrCat(shown_ ? "" : "\x1b[2J", "\x1b[H\x1b[?7l",
                               absl::StrJoin(lines, "\x1b[K\n"), "\x1b[J\x1b[?7h"));
  }
  shown_ = true;
}

void LiveView::FollowEvents() {
  client::WatchOptions options;
  options.cancellation = stopper_.cancellation();
  while (!stopper_.stopped()) {
    absl::StatusOr<client::PoolEventStream> stream = session_->client().WatchPools(options);
    while (stream.ok() && stream->Next().ok()) stopper_.Wake();
    // The stream is lost; what happens is seen every two seconds.
    absl::SleepFor(stopper_.stopped() ? absl::ZeroDuration() : kLeastInterval);
  }
}

}  // namespace rsca::cli
