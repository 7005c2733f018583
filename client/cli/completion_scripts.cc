#include "client/cli/completion.h"

namespace rsca::cli {
namespace {

// Bash breaks words at `=` and `:`, and replaces only what stands after the last of them. So the
// words come from the line itself, and what stands before the break is cut off the candidates.
constexpr char kBash[] = R"(# Completion of rsca for bash: source <(rsca completion bash)
_rsca() {
  local line=${COMP_LINE:0:COMP_POINT} words candidate
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local current=${words[-1]}
  local kept=${current%"${current##*[=:]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    COMPREPLY+=("${candidate#"$kept"}")
  done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=.] ]] && compopt -o nospace
}
complete -o default -F _rsca rsca
)";

constexpr char kZsh[] = R"(#compdef rsca
# Completion of rsca for zsh: source <(rsca completion zsh), after compinit.
_rsca() {
  local line
  local -a open closed shown_open shown_closed
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    if [[ ${line%%$'\t'*} == *[=.] ]]; then
      open+=("${line%%$'\t'*}")
      shown_open+=("${line/$'\t'/  -- }")
    else
      closed+=("${line%%$'\t'*}")
      shown_closed+=("${line/$'\t'/  -- }")
    fi
  done
  if (( ${#open} + ${#closed} == 0 )); then
    compset -P '*='
    _files
    return
  fi
  (( ${#open} )) && compadd -l -S '' -d shown_open -a open
  (( ${#closed} )) && compadd -l -d shown_closed -a closed
}
compdef _rsca rsca
)";

// The condition asks, so that fish offers files where there is no candidate, and nowhere else.
constexpr char kFish[] = R"(# Completion of rsca for fish: rsca completion fish | source
function __rsca_ask
  set -l words (commandline -opc) (commandline -ct)
  set -g __rsca_candidates ($words[1] __complete $words[2..-1] 2>/dev/null)
  set -q __rsca_candidates[1]
end
complete -c rsca -n __rsca_ask -f -a '(printf "%s\n" $__rsca_candidates)'
)";

}  // namespace

std::string_view CompletionScript(std::string_view shell) {
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : kBash;
}

}  // namespace rsca::cli
