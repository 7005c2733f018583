// Prints what a stream of results carries, in the format that was asked for.
#ifndef RSCA_CLIENT_CLI_STREAM_PRINTER_H_
#define RSCA_CLIENT_CLI_STREAM_PRINTER_H_

#include <string>
#include <utility>

#include "client/cli/console.h"
#include "client/cli/options.h"
#include "rsca/client/result_stream.h"

namespace rsca::cli {

// - table: each response as lines of text on standard output, harmless if that is a terminal;
//   what a command writes (command_event.h) as it was written; what happens to the registration
//   on standard error;
// - jsonl: one object for each event; json: the same objects in one array;
// - raw: the bytes of the responses.
// Failing HRESULTs and outcomes are told on standard error in every format.
class StreamPrinter {
 public:
  // `beginning`: what is said of a registration when its stream begins, such as `registered`.
  StreamPrinter(Format format, std::string beginning, Console* console)
      : format_(format), beginning_(std::move(beginning)), console_(console) {}

  // A stream, or the next registration of a stream with several, has begun.
  void Begin(const v1::Registration& registration);

  void Print(const client::Event& event, const v1::Registration& registration);

  // Nothing more comes. Call it once, also after errors: it ends the document.
  void End();

 private:
  void PrintResponse(const v1::Result& result, const std::string& function);
  void PrintText(const std::string& text);
  void PrintElement(const std::string& json);
  void TellOutcome(const v1::Result& result, const v1::Registration& registration);

  const Format format_;
  const std::string beginning_;
  Console* const console_;
  bool array_begun_ = false;
};

// `0` for a final result that is a success, else what to exit with.
int ExitStatusOf(const v1::Outcome& outcome);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_STREAM_PRINTER_H_
