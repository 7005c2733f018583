// What may stand where the cursor is: commands and options from the command tree; functions,
// argument names, registrations, pools, workers, listener channels and
// applications live from the server.
#ifndef RSCA_CLIENT_CLI_COMPLETION_H_
#define RSCA_CLIENT_CLI_COMPLETION_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/options.h"

namespace rsca::cli {

struct Candidate {
  std::string word;  // ends with `=` if a value is to follow
  std::string description;
};

// Where live names come from. The options are those of the words before the cursor. No answer is
// an empty one.
struct CompletionSource {
  std::function<std::vector<Candidate>(const Options&)> functions;
  std::function<std::string(const Options&, const std::string& function)> schema;
  std::function<std::vector<Candidate>(const Options&)> registrations;
  std::function<std::vector<Candidate>(const Options&)> pools;
  std::function<std::vector<Candidate>(const Options&)> workers;
  std::function<std::vector<Candidate>(const Options&)> channels;
  std::function<std::vector<Candidate>(const Options&)> applications;
};

// `words`: those after `rsca`, up to and with the one at the cursor, which may be empty. Candidates
// begin with that word.
std::vector<Candidate> Complete(const std::vector<std::string>& words,
                                const CompletionSource& source);

// `rsca __complete WORDS`: a candidate a line, with a tab and its description where it has one.
// Says nothing when the server is away.
void PrintCompletions(const std::vector<std::string>& words);

// What `rsca completion SHELL` prints: `bash`, `zsh` or `fish`.
std::string_view CompletionScript(std::string_view shell);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_COMPLETION_H_
