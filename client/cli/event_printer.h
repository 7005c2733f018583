// Prints what a stream of events tells, in the format that was asked for.
#ifndef RSCA_CLIENT_CLI_EVENT_PRINTER_H_
#define RSCA_CLIENT_CLI_EVENT_PRINTER_H_

#include <string>

#include "client/cli/console.h"
#include "client/cli/options.h"

namespace rsca::cli {

// An event in each format; none of them ends its line. What is empty is left out.
struct EventText {
  std::string line;  // for people
  std::string json;
  std::string raw;
};

class EventPrinter {
 public:
  EventPrinter(Format format, Console* console) : format_(format), console_(console) {}

  void Print(const EventText& event);

  // Nothing more comes. Call it once, also after errors: it ends the document.
  void End();

 private:
  void PrintLine(const std::string& line);

  const Format format_;
  Console* const console_;
  bool array_begun_ = false;
};

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_EVENT_PRINTER_H_
