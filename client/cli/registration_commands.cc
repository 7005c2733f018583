// registrations, health.
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/cli/commands.h"
#include "client/cli/exit_status.h"
#include "client/cli/json_object.h"
#include "client/cli/print_list.h"
#include "client/cli/resource_json.h"
#include "client/cli/table.h"
#include "client/cli/text.h"
#include "rsca/client/errors.h"

namespace rsca::cli {
namespace {

std::string Age(const v1::Registration& registration) {
  return HumanDuration(absl::Now() - ToTime(registration.create_time()));
}

std::string Sequences(const v1::Registration& registration) {
  if (registration.first_sequence() > registration.last_sequence()) {
    return absl::StrCat("none of ", registration.last_sequence());
  }
  return absl::StrCat(registration.first_sequence(), "..", registration.last_sequence());
}

std::string OutcomeText(const v1::Registration& registration) {
  if (!registration.has_outcome()) return "";
  return absl::StrReplaceAll(OutcomeWord(registration.outcome().kind()), {{"_", " "}});
}

std::string RegistrationsTable(const std::vector<v1::Registration>& registrations,
                               const Terminal& terminal) {
  Table table({{"NAME", Fit::kWhole},
               {"FUNCTION", Fit::kWhole},
               "OWNER",
               {"STATE", Fit::kWhole},
               {"KEPT", Fit::kLeftOut},
               {"STREAMS", Fit::kLeftOut},
               {"SIZE", Fit::kLeftOut},
               {"AGE", Fit::kLeftOut},
               "OUTCOME"});
  for (const v1::Registration& one : registrations) {
    table.AddRow({one.name(), one.function(), one.owner(), StateWord(one.state()), Sequences(one),
                  absl::StrCat(one.stream_count()), HumanBytes(one.window_bytes()), Age(one),
                  OutcomeText(one)});
  }
  return table.Render(terminal);
}

std::string RegistrationDetail(const v1::Registration& one, const Terminal& terminal) {
  std::string text = absl::StrCat(Bold(terminal, EscapeControls(one.name())), "\n\n");
  const auto add = [&text](const char* label, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&text, label, EscapeControls(value), "\n");
  };
  const auto seconds = [](const google::protobuf::Duration& duration) {
    return HumanDuration(absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos()));
  };
  const auto time = [](const google::protobuf::Timestamp& at) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", ToTime(at), absl::UTCTimeZone());
  };
  add("function      ", one.function());
  add("arguments     ", one.arguments());
  add("owner         ", one.owner());
  add("state         ", StateWord(one.state()));
  add("outcome       ", OutcomeText(one));
  add("              ", one.outcome().message());
  add("results       ", absl::StrCat(one.result_count(), ", ", HumanBytes(one.result_bytes())));
  add("kept          ", absl::StrCat(Sequences(one), ", ", HumanBytes(one.window_bytes())));
  add("streams       ", absl::StrCat(one.stream_count()));
  add("durable       ", one.durable() ? "yes" : "");
  add("ttl           ", one.has_ttl() ? seconds(one.ttl()) : "");
  add("detach grace  ", one.has_detach_grace() ? seconds(one.detach_grace()) : "");
  add("request id    ", one.request_id());
  add("responses     ", one.response_content_type());
  add("pool          ", one.pool());
  add("created       ", absl::StrCat(time(one.create_time()), " (", Age(one), " ago)"));
  add("ended         ", one.has_end_time() ? time(one.end_time()) : "");
  return text;
}

int ShowOne(Session* session) {
  const auto one =
      session->client().GetRegistration(session->options().name, session->CallOptions());
  if (!one.ok()) return session->Fail(one.status());
  switch (session->options().format) {
    case Format::kTable:
      return session->Finish(RegistrationDetail(*one, session->console().out()));
    case Format::kRaw:
      return session->Finish(absl::StrCat(one->name(), "\n"));
    case Format::kJson:
    case Format::kJsonLines:
      break;
  }
  return session->Finish(absl::StrCat(ToJson(*one), "\n"));
}

}  // namespace

int ShowRegistrations(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  if (!session->options().name.empty()) return ShowOne(session);
  return PrintList(session, session->client().ListRegistrations(session->CallOptions()),
                   RegistrationsTable, &v1::Registration::name);
}

int CheckHealth(Session* session) {
  if (const auto failed = session->Connect(); failed.has_value()) return *failed;
  const std::string& service = session->options().service;
  const absl::Status health = session->client().CheckHealth(session->CallOptions(), service);
  const bool not_serving = client::ErrorReason(health) == "NOT_SERVING";
  if (!health.ok() && !not_serving) return session->Fail(health);
  const std::string word = health.ok() ? "SERVING" : "NOT_SERVING";
  const int status = health.ok() ? kExitOk : kExitActionFailed;
  absl::string_view pool = service;
  if (not_serving && session->options().format == Format::kTable &&
      absl::ConsumePrefix(&pool, "pool/")) {
    session->console().Status(absl::StrCat("`rsca pool show ", pool, "` says why"));
  }
  if (session->options().format == Format::kTable || session->options().format == Format::kRaw) {
    return session->Finish(absl::StrCat(word, "\n"), status);
  }
  JsonObject object;
  object.Add("service", service);
  object.Add("status", word);
  return session->Finish(absl::StrCat(object.Text(), "\n"), status);
}

}  // namespace rsca::cli
