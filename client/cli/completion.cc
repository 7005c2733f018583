#include "client/cli/completion.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/argument_schema.h"
#include "client/cli/channel_json.h"
#include "client/cli/command_line.h"
#include "client/cli/pool_json.h"
#include "client/cli/session.h"
#include "client/cli/text.h"

namespace rsca::cli {
namespace {

// A server that has not answered by then is away, as far as Tab is concerned.
constexpr absl::Duration kPatience = absl::Seconds(2);

// What the words before the cursor mean.
struct Place {
  const CLI::App* command = nullptr;    // null before the command
  const CLI::Option* option = nullptr;  // whose value is at the cursor
  std::vector<std::string> positionals;
  bool after_mark = false;  // behind `--`
};

const CLI::Option* FindOption(const CLI::App& app, const std::string& word) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional() && option->check_name(word)) return option;
  }
  return nullptr;
}

const CLI::App* FindCommand(const CLI::App& app, const std::string& word) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == word) return command;
  }
  return nullptr;
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

Place FindPlace(const CLI::App& app, const std::vector<std::string>& words, Options* options) {
  Place place;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    place.option = nullptr;
    if (word == "--") {
      place.after_mark = true;
      break;
    }
    const CLI::App& known = place.command == nullptr ? app : *place.command;
    if (const CLI::Option* option = FindOption(known, word.substr(0, word.find('=')))) {
      if (!TakesValue(*option)) continue;
      const bool joined = word.find('=') != std::string::npos;
      if (!joined && i + 2 == words.size()) {
        place.option = option;
        break;
      }
      const std::string value = joined ? word.substr(word.find('=') + 1) : words[++i];
      if (option->check_lname("server")) options->server = value;
      if (option->check_lname("ca")) options->ca_file = value;
      if (option->check_lname("cert")) options->certificate_file = value;
      if (option->check_lname("key")) options->key_file = value;
      if (option->check_lname("server-name")) options->server_name = value;
    } else if (!known.get_subcommands({}).empty()) {
      const CLI::App* command = FindCommand(known, word);
      if (command != nullptr) place.command = command;
    } else {
      place.positionals.push_back(word);
    }
  }
  return place;
}

std::vector<Candidate> OptionNames(const CLI::App& app) {
  std::vector<Candidate> candidates;
  for (const CLI::Option* option : app.get_options()) {
    const std::string text = option->get_description();
    for (const std::string& name : option->get_lnames()) {
      candidates.push_back({absl::StrCat("--", name), text.substr(0, text.find('\n'))});
    }
  }
  return candidates;
}

std::vector<Candidate> Commands(const CLI::App& app) {
  std::vector<Candidate> candidates;
  for (const CLI::App* command : app.get_subcommands({})) {
    candidates.push_back({command->get_name(), command->get_description()});
  }
  return candidates;
}

// `name=` for arguments that are not given yet; values, once the name is there and the schema knows
// them.
std::vector<Candidate> ArgumentNames(const std::string& schema_text, const Place& place,
                                     const std::string& current) {
  const absl::StatusOr<Json> parsed = ParseSchema(schema_text);
  if (!parsed.ok()) return {};
  const SchemaView schema(&*parsed);
  std::vector<Candidate> candidates;
  for (const std::string& name : schema.PropertyNames()) {
    const SchemaView property = *schema.Property(name);
    const std::string word = absl::StrCat(name, "=");
    if (absl::StartsWith(current, word)) {
      const SchemaView element = property.Allows("array") ? property.Items() : property;
      for (const Json& choice : element.Choices()) {
        const std::string text = choice.is_string() ? choice.get<std::string>() : choice.dump();
        candidates.push_back({absl::StrCat(word, text), ""});
      }
      if (element.Allows("boolean")) {
        candidates.push_back({absl::StrCat(word, "true"), ""});
        candidates.push_back({absl::StrCat(word, "false"), ""});
      }
      continue;
    }
    const bool given = std::any_of(
        place.positionals.begin(), place.positionals.end(),
        [&word](const std::string& positional) { return absl::StartsWith(positional, word); });
    if (given && !property.Allows("array")) continue;
    const bool members = property.Allows("object") && !property.Allows("string");
    candidates.push_back(
        {members ? absl::StrCat(name, ".") : word,
         absl::StrCat(property.TypeText(), schema.Requires(name) ? ", required" : "",
                      property.Description().empty() ? "" : ": ", property.Description())});
  }
  return candidates;
}

std::vector<Candidate> Positionals(const Place& place, const std::string& current,
                                   const Options& options, const CompletionSource& source) {
  const std::string command = CommandName(*place.command);
  const bool arguments = command == "run" || command == "register";
  if (!place.positionals.empty()) {
    if (!arguments) return {};
    return ArgumentNames(source.schema(options, place.positionals.front()), place, current);
  }
  if (arguments || command == "describe") return source.functions(options);
  if (command == "attach" || command == "results" || command == "registrations")
    return source.registrations(options);
  if (command == "unregister") {
    std::vector<Candidate> candidates = source.registrations(options);
    std::set<std::string> functions;
    for (const Candidate& candidate : candidates) functions.insert(candidate.description);
    for (const std::string& function : functions) candidates.push_back({function, "all of them"});
    return candidates;
  }
  if (absl::StartsWith(command, "pool ") && command != "pool list") return source.pools(options);
  if (command == "worker show" || command == "worker recycle") return source.workers(options);
  if (command == "channel stop") return source.channels(options);
  if (command == "app preload") return source.applications(options);
  if (command == "completion") return {{"bash", ""}, {"zsh", ""}, {"fish", ""}};
  return {};
}

std::vector<Candidate> AllCandidates(const CLI::App& app, const Place& place,
                                     const std::string& current, const Options& options,
                                     const CompletionSource& source) {
  if (place.after_mark) return {};
  if (place.option != nullptr) {
    if (place.option->check_lname("pool")) return source.pools(options);
    if (!place.option->check_lname("output")) return {};
    return {{"table", ""}, {"json", ""}, {"jsonl", ""}, {"raw", ""}};
  }
  if (absl::StartsWith(current, "-")) {
    return OptionNames(place.command == nullptr ? app : *place.command);
  }
  const CLI::App& at = place.command == nullptr ? app : *place.command;
  if (!at.get_subcommands({}).empty()) return Commands(at);
  return Positionals(place, current, options, source);
}

// Connects anew for each question; a completion asks one.
template <typename Ask>
auto AskServer(const Options& options, Ask ask) -> decltype(ask(std::declval<Session&>())) {
  Options patient = options;
  patient.timeout = kPatience;
  if (patient.server.empty()) {
    const char* server = std::getenv("RSCA_SERVER");
    if (server != nullptr) patient.server = server;
  }
  Console console;
  Session session(&patient, &console);
  if (!session.ConnectQuietly().ok()) return {};
  return ask(session);
}

CompletionSource ServerSource() {
  CompletionSource source;
  source.functions = [](const Options& options) {
    return AskServer(options, [](Session& session) {
      std::vector<Candidate> candidates;
      const auto actions = session.client().ListCustomActions(session.CallOptions());
      if (!actions.ok()) return candidates;
      for (const v1::CustomAction& action : *actions) {
        candidates.push_back({action.function(), action.summary()});
      }
      return candidates;
    });
  };
  source.schema = [](const Options& options, const std::string& function) {
    return AskServer(options, [&function](Session& session) {
      const auto action = session.client().GetCustomAction(function, session.CallOptions());
      return action.ok() ? action->arguments_schema() : std::string();
    });
  };
  source.registrations = [](const Options& options) {
    return AskServer(options, [](Session& session) {
      std::vector<Candidate> candidates;
      const auto registrations = session.client().ListRegistrations(session.CallOptions());
      if (!registrations.ok()) return candidates;
      for (const v1::Registration& one : *registrations) {
        candidates.push_back({one.name(), one.function()});
      }
      return candidates;
    });
  };
  source.pools = [](const Options& options) {
    return AskServer(options, [](Session& session) {
      std::vector<Candidate> candidates;
      const auto pools = session.client().ListWorkerPools(session.CallOptions());
      if (!pools.ok()) return candidates;
      for (const v1::WorkerPool& pool : *pools) {
        candidates.push_back({pool.pool(), StateWord(pool.state())});
      }
      return candidates;
    });
  };
  source.workers = [](const Options& options) {
    return AskServer(options, [](Session& session) {
      std::vector<Candidate> candidates;
      const auto workers = session.client().ListWorkers("", session.CallOptions());
      if (!workers.ok()) return candidates;
      for (const v1::Worker& worker : *workers) {
        candidates.push_back({worker.worker(), StateWord(worker.state())});
      }
      return candidates;
    });
  };
  source.channels = [](const Options& options) {
    return AskServer(options, [](Session& session) {
      std::vector<Candidate> candidates;
      const auto channels = session.client().ListChannels(session.CallOptions());
      if (!channels.ok()) return candidates;
      for (const v1::ListenerChannel& channel : *channels) {
        if (channel.state() == v1::ListenerChannel::STATE_STOPPED) continue;
        candidates.push_back({absl::StrCat(channel.id()), channel.protocol()});
      }
      return candidates;
    });
  };
  source.applications = [](const Options& options) {
    return AskServer(options, [](Session& session) {
      std::vector<Candidate> candidates;
      const auto applications = session.client().ListApplications("", session.CallOptions());
      if (!applications.ok()) return candidates;
      for (const v1::Application& one : *applications) {
        candidates.push_back({one.application(), StateWord(one.state())});
      }
      return candidates;
    });
  };
  return source;
}

}  // namespace

std::vector<Candidate> Complete(const std::vector<std::string>& words,
                                const CompletionSource& source) {
  Options unused;
  const std::unique_ptr<CLI::App> app = MakeCommandTree(&unused);
  const std::string current = words.empty() ? "" : words.back();
  Options options;
  const Place place = FindPlace(*app, words, &options);
  std::vector<Candidate> candidates = AllCandidates(*app, place, current, options, source);
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                  [&current](const Candidate& candidate) {
                                    return !absl::StartsWith(candidate.word, current);
                                  }),
                   candidates.end());
  return candidates;
}

void PrintCompletions(const std::vector<std::string>& words) {
  std::string output;
  for (const Candidate& candidate : Complete(words, ServerSource())) {
    absl::StrAppend(&output, EscapeControls(candidate.word));
    if (!candidate.description.empty()) {
      absl::StrAppend(&output, "\t", EscapeControls(candidate.description));
    }
    output += '\n';
  }
  Console().Write(output);
}

}  // namespace rsca::cli
