#include "client/cli/stream_printer.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/command_event.h"
#include "client/cli/exit_status.h"
#include "client/cli/resource_json.h"
#include "client/cli/text.h"
#include "common/hresult.h"

namespace rsca::cli {

void StreamPrinter::Begin(const v1::Registration& registration) {
  if (format_ == Format::kJson || format_ == Format::kJsonLines) {
    PrintElement(RegisteredEventJson(registration));
  } else if (format_ == Format::kTable) {
    console_->Status(
        absl::StrCat(beginning_, " ", registration.name(), " (", registration.function(), ")"));
  }
}

void StreamPrinter::Print(const client::Event& event, const v1::Registration& registration) {
  if (format_ == Format::kJson || format_ == Format::kJsonLines) {
    PrintElement(ToJson(event, registration));
  } else if (event.result() != nullptr) {
    PrintResponse(*event.result(), registration.function());
  }
  if (event.interruption() != nullptr) {
    console_->Status(absl::StrCat("interrupted at ", event.sequence(),
                                  ", begins again: ", event.interruption()->reason()));
    return;
  }
  const v1::Result& result = *event.result();
  if (result.final()) {
    TellOutcome(result, registration);
  } else if (!HrSucceeded(result.hr_status())) {
    console_->Status(absl::StrCat("result ", result.sequence(),
                                  " is a failure: ", HresultText(result.hr_status())));
  }
}

void StreamPrinter::End() {
  if (format_ == Format::kJson) console_->Write(array_begun_ ? "\n]\n" : "[]\n");
}

void StreamPrinter::PrintResponse(const v1::Result& result, const std::string& function) {
  if (format_ == Format::kRaw) {
    console_->Write(result.response());
    return;
  }
  const std::optional<CommandEvent> event = ParseCommandEvent(function, result.response());
  if (event.has_value() && event->to_stderr) {
    console_->WriteError(event->bytes);
  } else if (event.has_value()) {
    PrintText(event->bytes);
  } else if (!result.response().empty() || !result.final()) {
    // The server's own final results are empty, and say what they have to say on standard error.
    const bool whole = !result.response().empty() && result.response().back() == '\n';
    PrintText(whole ? result.response() : result.response() + '\n');
  }
}

void StreamPrinter::PrintText(const std::string& text) {
  console_->Write(console_->out().is_terminal ? EscapeControls(text, "\n\t") : text);
}

void StreamPrinter::PrintElement(const std::string& json) {
  if (format_ == Format::kJsonLines) {
    console_->Write(absl::StrCat(json, "\n"));
    return;
  }
  console_->Write(absl::StrCat(array_begun_ ? ",\n" : "[\n", json));
  array_begun_ = true;
}

void StreamPrinter::TellOutcome(const v1::Result& result, const v1::Registration& registration) {
  const bool failed = ExitStatusOf(result.outcome()) != kExitOk;
  std::string text =
      absl::StrCat(registration.name(), " ",
                   absl::StrReplaceAll(OutcomeWord(result.outcome().kind()), {{"_", " "}}),
                   " with result ", result.sequence());
  if (!HrSucceeded(result.hr_status()))
    absl::StrAppend(&text, ", ", HresultText(result.hr_status()));
  if (!result.outcome().message().empty()) absl::StrAppend(&text, ": ", result.outcome().message());
  if (failed) {
    console_->Error(text);
  } else if (format_ == Format::kTable) {
    console_->Status(text);
  }
}

int ExitStatusOf(const v1::Outcome& outcome) {
  switch (outcome.kind()) {
    case v1::Outcome::KIND_COMPLETED:
    case v1::Outcome::KIND_UNREGISTERED:
      return kExitOk;
    case v1::Outcome::KIND_RESULTS_LOST:
      return kExitResultsLost;
    default:
      return kExitActionFailed;
  }
}

}  // namespace rsca::cli
