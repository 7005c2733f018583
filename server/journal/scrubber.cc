#include "server/journal/scrubber.h"

#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/journal/format.h"

namespace rsca::journal {
namespace {

constexpr int kLowestPriority = 19;

// `logs 3 to 17`: whose records or results are in a file.
std::string LogsIn(const Store::File& file) {
  const std::optional<LogKey> first = ParseLogKey(file.smallest_key);
  const std::optional<LogKey> last = ParseLogKey(file.largest_key);
  // The header, the clock and records sort before and after the entries of all logs.
  if (!first.has_value() || !last.has_value() || first->kind != last->kind) return "any log";
  return absl::StrCat("logs ", first->log, " to ", last->log);
}

}  // namespace

Scrubber::Scrubber(const StoreKeeper* keeper, std::function<void(const absl::Status&)> on_damage)
    : keeper_(keeper), on_damage_(std::move(on_damage)), thread_([this] { Run(); }) {}

Scrubber::~Scrubber() {
  stopping_ = true;
  thread_.join();
}

void Scrubber::Run() {
  // It reads all that is stored, right when the server starts: whatever else there is to do comes
  // first. Linux has a priority for each thread; where it is refused, this one takes its share.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowestPriority);
  // Not the store itself, for as long as this takes: it may have to be opened anew meanwhile.
  std::vector<Store::File> files;
  if (const std::shared_ptr<Store> store = keeper_->store()) files = store->Files();
  for (const Store::File& file : files) {
    if (stopping_) return;
    const absl::Status status = Store::VerifyFile(file.path);
    // One that is gone was replaced by a compaction.
    if (!absl::IsDataLoss(status)) continue;
    on_damage_(
        keeper_->Damaged(absl::StrCat(status.message(), ", with results of ", LogsIn(file))));
  }
}

}  // namespace rsca::journal
