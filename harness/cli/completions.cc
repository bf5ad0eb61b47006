// squall completions: what a shell needs to complete commands, options, scenarios and transports.
#include "checkers/models/models.h"
#include "harness/cli/commands.h"

#include <fmt/format.h>

#include <iostream>

namespace squall::cli {
namespace {

constexpr std::string_view bash =
    R"(# bash completion for squall; load it with: source <(squall completions bash)
_squall() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  case $before in
    -t|--transport) COMPREPLY=($(compgen -W "@TRANSPORTS@" -- "$word")); return ;;
    --color) COMPREPLY=($(compgen -W "auto always never" -- "$word")); return ;;
    --format) COMPREPLY=($(compgen -W "human json" -- "$word")); return ;;
    completions) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")); return ;;
    -m|--model) COMPREPLY=($(compgen -f -W "@MODELS@" -- "$word")); return ;;
    describe) COMPREPLY=($(compgen -W "processes channels faults transports capabilities workloads properties points" -- "$word")); return ;;
  esac
  if [ "$COMP_CWORD" = 1 ]; then COMPREPLY=($(compgen -W "@COMMANDS@" -- "$word")); return; fi
  case $word in
    -*) COMPREPLY=($(compgen -W "@OPTIONS@" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -o filenames -F _squall squall
)";

constexpr std::string_view zsh = R"(#compdef squall
# zsh completion for squall; load it with: source <(squall completions zsh)
autoload -U +X bashcompinit && bashcompinit
@BASH@)";

constexpr std::string_view fish =
    R"(# fish completion for squall; load it with: squall completions fish | source
complete -c squall -n __fish_use_subcommand -f -a "@COMMANDS@"
complete -c squall -s t -l transport -x -a "@TRANSPORTS@"
complete -c squall -n "__fish_seen_subcommand_from check" -s m -l model -a "@MODELS@"
complete -c squall -l color -x -a "auto always never"
complete -c squall -l format -x -a "human json"
complete -c squall -n "__fish_seen_subcommand_from completions" -x -a "bash zsh fish"
)";

constexpr std::string_view commands =
    "run check explore replay shrink sweep list lint describe new doctor completions";
constexpr std::string_view run_options =
    "--transport --seed --jobs --repeat --for --failed --failed-first --json --junit --no-namespaces --keep "
    "--format --color --model --explain --html --time-limit --memory-limit "
    "--quiet --verbose --help";

std::string fill(std::string_view pattern, std::string_view name, std::string_view value) {
  std::string text(pattern);
  for (std::size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, name.size(), value);
  return text;
}

std::string transport_names() {
  std::string names;
  for (const ipc::Transport* transport : ipc::transports())
    names += (names.empty() ? "" : " ") + std::string(transport->name());
  return names;
}

std::string model_names() {
  std::string names;
  for (const models::Entry& entry : models::entries())
    names += (names.empty() ? "" : " ") + std::string(entry.name);
  return names;
}

}  // namespace

int completions(const std::string& shell) {
  std::string text(shell == "bash" ? bash : shell == "zsh" ? zsh : fish);
  text = fill(text, "@BASH@", bash);
  text = fill(fill(fill(text, "@COMMANDS@", commands), "@OPTIONS@", run_options), "@TRANSPORTS@",
              transport_names());
  text = fill(text, "@MODELS@", model_names());
  std::cout << text;
  return Exit::held;
}

}  // namespace squall::cli
