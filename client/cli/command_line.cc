#include "client/cli/command_line.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/command_parts.h"
#include "client/cli/exit_status.h"
#include "client/cli/suggest.h"
#include "common/default_paths.h"

namespace rsca::cli {
namespace {

constexpr char kSummary[] =
    "Run-time status and control: calls the custom actions of an rscad server.";

constexpr char kFooter[] = R"(Examples:
  rsca actions                                   what can be called
  rsca describe file.tail                        what it takes
  rsca register file.tail path=/var/log/syslog   follow a file until Ctrl-C
  rsca run host.info -o json                     ask once
  rsca health --server HOST:7443 --ca ca.pem     over TCP, with TLS
  rsca pool list                                 the worker pools and how they are
  source <(rsca completion bash)                 complete by Tab

Exit status:
  0    success
  1    the action failed: a failing HRESULT, or an outcome other than completed or unregistered;
       of `health`: not serving
  2    the command line or the arguments were wrong
  3    the call failed: the server refused it or could not be reached
  4    results or events were lost
  130  interrupted (128 and the signal's number), before the action had come to its end
  141  standard output was closed)";

constexpr char kArgumentsHelp[] = R"(Arguments, in one of these ways:
  name=value ...       typed by the function's schema; lists: repeat the name; members of objects:
                       env.PATH=/bin; JSON for both: lines=[1,2]
  ... -- word word     the words fill the list of texts: the first one that is required, or else
                       the first one
  '{"name": value}'    one JSON object
  @FILE, -             a file, or standard input, with the JSON object
A function without a schema gets the words as they are, joined by blanks.
)";

constexpr char kRegisterFooter[] = R"(Examples:
  rsca register file.tail path=/var/log/syslog lines=10
  rsca register process.exec -- ls -l /
  rsca register host.metrics -o jsonl --timeout 10s

Results are printed a line each; of process.exec, what the command writes, to standard output and
standard error as it did. What becomes of the registration is told on standard error: so is a
connection that was lost, which rsca tries to join again, from the result it had last, for two
minutes.)";

// CLI11's, and a word for the arguments that it does not know of.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() {
    label("SUBCOMMAND", "COMMAND");
    column_width(28);
  }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string usage = CLI::Formatter::make_usage(app, std::move(name));
    if (app->get_allow_extras()) usage.insert(usage.find_last_not_of('\n') + 1, " [ARGUMENTS]");
    return usage;
  }

  // Of words without an option, the name says enough.
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->nonpositional()  ? CLI::Formatter::make_option_opts(option)
           : option->get_required() ? absl::StrCat(" ", get_label("REQUIRED"))
                                    : "";
  }
};

std::string CheckSequence(const std::string& text) {
  uint64_t sequence = 0;
  if (absl::SimpleAtoi(text, &sequence) && sequence > 0) return "";
  return absl::StrCat("`", text, "` is no sequence; those are 1, 2, 3 and so on");
}

void AddStreamOptions(CLI::App* command, Options* options) {
  command
      ->add_option("--batch", options->batch,
                   "Most results that the server may send in one message (default 64)")
      ->type_name("N")
      ->check([](const std::string& text) {
        int number = 0;
        const bool fits = absl::SimpleAtoi(text, &number) && number >= 1 && number <= 1000;
        return fits ? std::string() : absl::StrCat("`", text, "` is not within 1 to 1000");
      });
  AddDuration(command, "--heartbeat", &options->heartbeat,
              "Sign of life of an idle stream, 1s at least (default 15s)");
}

// The arguments of the function are what CLI11 does not know: as an option of CLI11's, it would
// take words like `[a,b]` apart.
void AddFunctionAndArguments(CLI::App* command, Options* options) {
  command
      ->add_option("FUNCTION", options->function, "The function's name; `rsca actions` lists them")
      ->required();
  command->allow_extras();
  command->footer(absl::StrCat(kArgumentsHelp, "\n", command->get_footer()));
}

void AddCatalogueCommands(CLI::App* app, Options* options) {
  AddCommand(app, options, "actions", "List the functions that can be called.",
             "Examples:\n  rsca actions\n  rsca actions -o raw | grep file");
  CLI::App* describe = AddCommand(app, options, "describe", "Show what a function takes and does.",
                                  "Examples:\n  rsca describe process.exec\n"
                                  "  rsca describe process.exec -o raw   its JSON Schema");
  describe->add_option("FUNCTION", options->function, "The function's name")->required();
  CLI::App* run = AddCommand(app, options, "run", "Call a function that answers once.",
                             "Examples:\n  rsca run host.info\n  rsca run file.read path=/etc/hosts"
                             " -o raw\n  rsca run file.read '{\"path\":\"/etc/hosts\"}'");
  AddFunctionAndArguments(run, options);
}

void AddStreamCommands(CLI::App* app, Options* options) {
  CLI::App* reg = AddCommand(
      app, options, "register",
      "Begin a function that reports until it ends; Ctrl-C unregisters it, twice leaves at once.",
      kRegisterFooter);
  AddFunctionAndArguments(reg, options);
  AddStreamOptions(reg, options);
  reg->add_option("--request-id", options->request_id,
                  "UUID; the same id and arguments join what it made before")
      ->type_name("UUID");
  AddDuration(reg, "--detach-grace", &options->detach_grace,
              "How long it lives on when nobody is attached (default: the server's)");
  CLI::Option* durable = reg->add_flag("--durable", options->durable,
                                       "It outlives this client, the worker and the server; Ctrl-C "
                                       "then leaves it");
  AddDuration(reg, "--ttl", &options->ttl, "How long a durable one lives with nobody attached");
  reg->get_option("--ttl")->needs(durable);

  CLI::App* attach = AddCommand(app, options, "attach", "Join a registration; Ctrl-C leaves it.",
                                "Examples:\n  rsca attach registrations/7f3a\n"
                                "  rsca attach registrations/7f3a --after 120");
  attach->add_option("NAME", options->name, "registrations/ID, or the ID")->required();
  AddAfter(attach, options, "Results", "all that the server has");
  AddStreamOptions(attach, options);

  CLI::App* results = AddCommand(app, options, "results",
                                 "Print results that the server has; does not wait for more.",
                                 "Examples:\n  rsca results registrations/7f3a\n"
                                 "  rsca results registrations/7f3a --from 100 --to 200 -o jsonl");
  results->add_option("NAME", options->name, "registrations/ID, or the ID")->required();
  results
      ->add_option("--from", options->from_sequence,
                   "The first sequence (default: the oldest that the server has)")
      ->type_name("SEQUENCE")
      ->check(CheckSequence);
  results
      ->add_option("--to", options->to_sequence, "The last one (default: the newest there is now)")
      ->type_name("SEQUENCE")
      ->check(CheckSequence);

  CLI::App* unregister =
      AddCommand(app, options, "unregister", "End a registration, or all of yours of a function.",
                 "Examples:\n  rsca unregister registrations/7f3a\n  rsca unregister file.tail\n\n"
                 "Prints what is still reported, and the final result.");
  unregister->add_option("NAME", options->name, "registrations/ID, or a function's name")
      ->required();
  AddAfter(unregister, options, "Results", "what is still to come");
  AddStreamOptions(unregister, options);
}

void AddOtherCommands(CLI::App* app, Options* options) {
  CLI::App* registrations =
      AddCommand(app, options, "registrations", "List registrations, or show one.",
                 "Examples:\n  rsca registrations\n  rsca registrations registrations/7f3a");
  registrations->add_option("NAME", options->name, "registrations/ID");
  CLI::App* health =
      AddCommand(app, options, "health", "Ask whether the server serves.",
                 "Examples:\n  rsca health\n  rsca health pool/default\n  rsca health journal");
  health->add_option("SERVICE", options->service,
                     "pool/NAME; journal: whether it takes results; otherwise the whole server");
  CLI::App* completion = app->add_subcommand("completion", "Print the completion of a shell.");
  completion->group("Commands");
  completion->final_callback([options] { options->command = "completion"; });
  completion->footer(
      "Examples:\n  source <(rsca completion bash)      in ~/.bashrc\n"
      "  source <(rsca completion zsh)       in ~/.zshrc, after compinit\n"
      "  rsca completion fish | source       in config.fish");
  completion->add_option("SHELL", options->shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

// The last command that the words named.
const CLI::App& Chosen(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : Chosen(*chosen.front());
}

bool HasCommands(const CLI::App& app) { return !app.get_subcommands({}).empty(); }

std::string CommandNames(const CLI::App& app, std::vector<std::string>* names) {
  for (const CLI::App* command : app.get_subcommands({})) names->push_back(command->get_name());
  return absl::StrCat("\n  commands: ", CLI::detail::join(*names, ", "));
}

// Words that CLI11 did not know, and a command that does not want them.
std::string DescribeExtras(const CLI::App& chosen, const std::string& word) {
  const bool option = word.size() > 1 && word[0] == '-';
  if (!option && HasCommands(chosen)) {
    std::vector<std::string> names;
    const std::string all = CommandNames(chosen, &names);
    return absl::StrCat("there is no command `", word, "`", DidYouMean(word, names), all);
  }
  if (!option) return absl::StrCat("`", word, "` is one word too many");
  std::vector<std::string> names;
  for (const CLI::Option* known : chosen.get_options()) {
    for (const std::string& name : known->get_lnames()) names.push_back(absl::StrCat("--", name));
  }
  return absl::StrCat("there is no option `", word, "`",
                      DidYouMean(word.substr(0, word.find('=')), names));
}

// CLI11 says `--reason: 1 required TEXT missing`.
std::string DescribeMissingValue(const std::string& message) {
  if (!absl::EndsWith(message, " missing")) return message;
  return absl::StrReplaceAll(message, {{": 1 required ", " wants "}, {" missing", " after it"}});
}

int ReportUsage(const CLI::App& chosen, const std::string& message) {
  const std::string name = CommandName(chosen);
  std::cerr << "rsca: " << message << "\n  see `rsca " << name << (name.empty() ? "" : " ")
            << "--help`\n";
  return kExitUsage;
}

}  // namespace

std::unique_ptr<CLI::App> MakeCommandTree(Options* options) {
  auto app = std::make_unique<CLI::App>(kSummary, "rsca");
  app->formatter(std::make_shared<HelpFormatter>());
  app->footer(kFooter);
  app->require_subcommand(1);
  app->set_version_flag("--version", "rsca " RSCA_VERSION);
  AddCommonOptions(app.get(), options);
  AddCatalogueCommands(app.get(), options);
  AddStreamCommands(app.get(), options);
  AddPoolCommands(app.get(), options);
  AddWorkerCommands(app.get(), options);
  AddChannelCommands(app.get(), options);
  AddAppCommands(app.get(), options);
  AddOtherCommands(app.get(), options);
  return app;
}

std::optional<int> ParseCommandLine(const std::vector<std::string>& words, Options* options) {
  const std::unique_ptr<CLI::App> app = MakeCommandTree(options);
  // CLI11 would not tell what stood after `--`.
  const auto mark = std::find(words.begin(), words.end(), "--");
  std::vector<std::string> before(words.begin(), mark);
  if (mark != words.end()) options->arguments.trailing.emplace(mark + 1, words.end());
  std::reverse(before.begin(), before.end());
  try {
    app->parse(before);
  } catch (const CLI::CallForHelp& error) {
    return app->exit(error);
  } catch (const CLI::CallForVersion& error) {
    return app->exit(error);
  } catch (const CLI::ParseError& error) {
    const CLI::App& chosen = Chosen(*app);
    const std::vector<std::string> extras = app->remaining(true);
    const bool unknown =
        !extras.empty() && (HasCommands(chosen) ||
                            error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError));
    if (unknown) return ReportUsage(chosen, DescribeExtras(chosen, extras.front()));
    std::vector<std::string> names;
    return ReportUsage(
        chosen, HasCommands(chosen) &&
                        error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError)
                    ? absl::StrCat("a command is missing", CommandNames(chosen, &names))
                    : DescribeMissingValue(error.what()));
  }
  const CLI::App& chosen = Chosen(*app);
  const bool takes_arguments = options->command == "run" || options->command == "register" ||
                               options->command == "channel start";
  for (const std::string& word : chosen.remaining()) {
    if (word.size() > 1 && word[0] == '-') {
      return ReportUsage(chosen, absl::StrCat(DescribeExtras(chosen, word),
                                              "\n  words for the action that begin with `-` stand "
                                              "after `--`, or in name=value"));
    }
    options->arguments.words.push_back(word);
  }
  if (!takes_arguments && options->arguments.trailing.has_value()) {
    return ReportUsage(chosen, absl::StrCat("`", options->command, "` takes nothing after `--`"));
  }
  if (options->certificate_file.empty() != options->key_file.empty()) {
    return ReportUsage(chosen, "--cert and --key go together");
  }
  if (options->from_sequence.has_value() && options->to_sequence.has_value() &&
      *options->from_sequence > *options->to_sequence) {
    return ReportUsage(chosen, absl::StrCat("--from ", *options->from_sequence, " is after --to ",
                                            *options->to_sequence));
  }
  const char* server = std::getenv("RSCA_SERVER");
  if (options->server.empty() && server != nullptr) options->server = server;
  if (options->server.empty()) options->server = DefaultServerAddress();
  return std::nullopt;
}

}  // namespace rsca::cli
