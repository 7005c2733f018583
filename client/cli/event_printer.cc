#include "client/cli/event_printer.h"

#include "absl/strings/str_cat.h"

namespace rsca::cli {

void EventPrinter::Print(const EventText& event) {
  switch (format_) {
    case Format::kTable:
      return PrintLine(event.line);
    case Format::kJson:
      console_->Write(absl::StrCat(array_begun_ ? ",\n" : "[\n", event.json));
      array_begun_ = true;
      return;
    case Format::kJsonLines:
      return PrintLine(event.json);
    case Format::kRaw:
      return PrintLine(event.raw);
  }
}

void EventPrinter::PrintLine(const std::string& line) {
  if (!line.empty()) console_->Write(absl::StrCat(line, "\n"));
}

void EventPrinter::End() {
  if (format_ == Format::kJson) console_->Write(array_begun_ ? "\n]\n" : "[]\n");
}

}  // namespace rsca::cli
