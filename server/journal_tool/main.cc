// rsca-journal: the command line.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/journal_tool/commands.h"
#include "server/journal_tool/place.h"

namespace rsca::journal {
namespace {

constexpr char kSummary[] =
    "Looks after the journal of an rscad server, in which it keeps durable registrations and their "
    "results. The server must not run meanwhile.";

constexpr char kFooter[] = R"(Examples:
  rsca-journal list /var/lib/rsca/journal                      what is in it
  rsca-journal verify /var/lib/rsca/journal                    whether all of it can be read
  rsca-journal dump /var/lib/rsca/journal 566b2b994099004f3333ac9218be8a46
  rsca-journal export /var/lib/rsca/journal > journal.jsonl    everything, as JSON lines
  rsca-journal repair /var/lib/rsca/journal                    mend it, and keep a copy

Exit status:
  0  success; of `verify` and `repair`: the journal is sound
  1  the journal is damaged
  2  the command line was wrong, there is no such journal or registration, or it is in use
  3  it could not be done: no permission, no room)";

constexpr char kRepairFooter[] =
    R"(First it copies DIRECTORY to DIRECTORY.before-repair-TIME. Then it takes back what can be read,
keeps the newest results of each registration that are there without a gap, and says all that it
drops, and why. Where newest results may be missing, the server ends the registrations that live, at
its next start, with the outcome `results lost`: numbers that clients have seen are not given twice.
A sound journal is left as it is, without a copy.)";

struct Arguments {
  std::string directory;
  std::string format = "table";
  std::string id;
  std::vector<std::string> ids;
};

CLI::App* AddCommand(CLI::App* app, Arguments* arguments, const char* name, const char* summary) {
  CLI::App* const command = app->add_subcommand(name, summary);
  command->add_option("DIRECTORY", arguments->directory, "The journal: `journal.directory`")
      ->required();
  return command;
}

int Run(int argc, char** argv) {
  Arguments arguments;
  int status = kExitOk;
  CLI::App app(kSummary, "rsca-journal");
  app.footer(kFooter);
  app.set_version_flag("--version", absl::StrCat("rsca-journal ", RSCA_VERSION));
  app.require_subcommand(1);
  CLI::App* const list = AddCommand(&app, &arguments, "list", "Show the registrations in it.");
  list->add_option("-o,--output", arguments.format, "table, json or jsonl (default table)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json", "jsonl"}).description(""));
  list->callback([&] { status = ListRegistrations(arguments.directory, arguments.format); });
  AddCommand(&app, &arguments, "verify", "Read everything, and say what is damaged and where.")
      ->callback([&] { status = VerifyJournal(arguments.directory); });
  CLI::App* const dump =
      AddCommand(&app, &arguments, "dump", "Show the results of a registration, a line each.");
  dump->add_option("ID", arguments.id, "The registration's id")->required();
  dump->callback([&] { status = DumpRegistration(arguments.directory, arguments.id); });
  CLI::App* const exporting = AddCommand(
      &app, &arguments, "export",
      "Write registrations and results as JSON lines: each registration, then its results "
      "in order.");
  exporting->add_option("ID", arguments.ids, "Registrations (default: all)");
  exporting->callback([&] { status = ExportRegistrations(arguments.directory, arguments.ids); });
  AddCommand(&app, &arguments, "repair", "Mend a damaged journal, and keep a copy of it.")
      ->footer(kRepairFooter)
      ->callback([&] { status = RepairJournal(arguments.directory); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  if (std::cout.flush()) return status;
  std::cerr << "rsca-journal: cannot write to standard output" << std::endl;
  return kExitFailed;
}

}  // namespace
}  // namespace rsca::journal

int main(int argc, char** argv) {
  try {
    return rsca::journal::Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "rsca-journal: " << error.what() << std::endl;
    return rsca::journal::kExitFailed;
  }
}
