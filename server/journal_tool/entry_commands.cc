// The commands `dump` and `export`.
#include <functional>
#include <iostream>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/hresult.h"
#include "common/utf.h"
#include "rsca/v1/result.pb.h"
#include "server/journal/recovery.h"
#include "server/journal_tool/commands.h"
#include "server/journal_tool/output.h"
#include "server/journal_tool/place.h"

namespace rsca::journal {
namespace {

struct Registration {
  v1::RegistrationRecord record;
  DurableResultLog::Place place;
};

absl::StatusOr<std::vector<Registration>> ReadRegistrations(const OpenedJournal& journal) {
  const absl::StatusOr<std::vector<StoredLog>> logs = ReadLogs(*journal.store, journal.version);
  if (!logs.ok()) return logs.status();
  std::vector<Registration> registrations;
  for (const StoredLog& log : *logs) {
    Registration registration{{}, log.place};
    if (!registration.record.ParseFromString(log.record)) {
      return absl::DataLossError(
          absl::StrCat("the record of log ", log.place.log, " cannot be read"));
    }
    registrations.push_back(std::move(registration));
  }
  return registrations;
}

absl::StatusOr<Registration> Find(const std::vector<Registration>& registrations,
                                  const std::string& id) {
  for (const Registration& registration : registrations) {
    if (registration.record.id() == absl::StripPrefix(id, "registrations/")) return registration;
  }
  return absl::NotFoundError(absl::StrCat("the journal has no registration `", id,
                                          "`; `rsca-journal list` shows them all"));
}

absl::Status ForEachEntry(const Store& store, const DurableResultLog::Place& place,
                          const std::function<void(const rsca::v1::ResultStreamResponse&)>& do_it) {
  const std::unique_ptr<rocksdb::Iterator> iterator = store.Iterate();
  iterator->Seek(EntryKey(place.log, place.extent.first));
  for (uint64_t sequence = place.extent.first; sequence <= place.extent.last;
       ++sequence, iterator->Next()) {
    const auto damaged = [&](absl::string_view why) {
      return absl::DataLossError(
          absl::StrCat("result ", sequence, ": ", why, "; `rsca-journal verify` shows the extent"));
    };
    if (!iterator->Valid() || iterator->key() != EntryKey(place.log, sequence)) {
      return damaged(iterator->status().ok() ? "is missing" : iterator->status().ToString());
    }
    absl::string_view value(iterator->value().data(), iterator->value().size());
    rsca::v1::ResultStreamResponse response;
    if (!ConsumeEntryHeader(&value).has_value() ||
        !response.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      return damaged("cannot be understood");
    }
    do_it(response);
  }
  return absl::OkStatus();
}

void Dump(const rsca::v1::ResultStreamResponse& response) {
  for (const rsca::v1::Result& result : response.results()) {
    std::cout << result.sequence() << "  " << TimeText(result.report_time()) << "  "
              << HresultText(result.hr_status()) << "  " << BlobText(result.response());
    if (result.final()) {
      std::cout << "  final: " << OutcomeWord(result.outcome().kind()) << ": "
                << result.outcome().message();
    }
    std::cout << "\n";
  }
  if (!response.has_interruption()) return;
  const rsca::v1::Interruption& interruption = response.interruption();
  std::cout << interruption.sequence() << "  " << TimeText(interruption.interrupt_time())
            << "  interruption: " << interruption.reason() << "\n";
}

Json ResultJson(const rsca::v1::Result& result, const std::string& name) {
  Json json = {{"event", "result"},
               {"registration", name},
               {"sequence", result.sequence()},
               {"hr_status", result.hr_status()},
               {"final", result.final()}};
  if (IsUtf8(result.response())) {
    json["response"] = result.response();
  } else {
    json["response_base64"] = absl::Base64Escape(result.response());
  }
  json["report_time"] = TimeText(result.report_time());
  if (result.has_outcome()) {
    json["outcome"] = {{"kind", OutcomeWord(result.outcome().kind())},
                       {"message", result.outcome().message()}};
  }
  return json;
}

void Export(const rsca::v1::ResultStreamResponse& response, const std::string& name) {
  for (const rsca::v1::Result& result : response.results()) {
    std::cout << ToLine(ResultJson(result, name));
  }
  if (!response.has_interruption()) return;
  const rsca::v1::Interruption& interruption = response.interruption();
  std::cout << ToLine({{"event", "interruption"},
                       {"registration", name},
                       {"sequence", interruption.sequence()},
                       {"reason", interruption.reason()},
                       {"interrupt_time", TimeText(interruption.interrupt_time())}});
}

absl::Status ExportOne(const Store& store, const Registration& registration) {
  Json heading = {{"event", "registration"}};
  heading.update(ToJson(registration.record));
  heading["first_sequence"] = registration.place.extent.first;
  heading["last_sequence"] = registration.place.extent.last;
  std::cout << ToLine(heading);
  const std::string name = "registrations/" + registration.record.id();
  return ForEachEntry(
      store, registration.place,
      [&](const rsca::v1::ResultStreamResponse& response) { Export(response, name); });
}

}  // namespace

int DumpRegistration(const std::string& directory, const std::string& id) {
  const absl::StatusOr<OpenedJournal> journal = OpenJournal(directory);
  if (!journal.ok()) return Fail(journal.status());
  const auto registrations = ReadRegistrations(*journal);
  if (!registrations.ok()) return Fail(registrations.status());
  const absl::StatusOr<Registration> found = Find(*registrations, id);
  if (!found.ok()) return Fail(found.status());
  const absl::Status status = ForEachEntry(*journal->store, found->place, Dump);
  return status.ok() ? kExitOk : Fail(status);
}

int ExportRegistrations(const std::string& directory, const std::vector<std::string>& ids) {
  const absl::StatusOr<OpenedJournal> journal = OpenJournal(directory);
  if (!journal.ok()) return Fail(journal.status());
  auto registrations = ReadRegistrations(*journal);
  if (!registrations.ok()) return Fail(registrations.status());
  std::vector<Registration> chosen;
  for (const std::string& id : ids) {
    absl::StatusOr<Registration> found = Find(*registrations, id);
    if (!found.ok()) return Fail(found.status());
    chosen.push_back(*std::move(found));
  }
  if (ids.empty()) chosen = *std::move(registrations);
  for (const Registration& registration : chosen) {
    const absl::Status status = ExportOne(*journal->store, registration);
    if (!status.ok()) return Fail(status);
  }
  return kExitOk;
}

}  // namespace rsca::journal
