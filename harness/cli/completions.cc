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
    -*) case ${COMP_WORDS[1]} in
@OPTIONS@      esac ;;
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
@COMMANDS@complete -c squall -s t -l transport -x -a "@TRANSPORTS@"
complete -c squall -n "__fish_seen_subcommand_from check" -s m -l model -a "@MODELS@"
complete -c squall -l color -x -a "auto always never"
complete -c squall -l format -x -a "human json"
complete -c squall -n "__fish_seen_subcommand_from completions" -x -a "bash zsh fish"
)";

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

std::string bash_options(const std::vector<CommandWords>& commands) {
  std::string cases;
  for (const CommandWords& command : commands) {
    std::string options;
    for (const auto& [option, about] : command.options) options += (options.empty() ? "--" : " --") + option;
    cases +=
        fmt::format("      {}) COMPREPLY=($(compgen -W \"{}\" -- \"$word\")) ;;\n", command.name, options);
  }
  return cases;
}

std::string command_names(const std::vector<CommandWords>& commands) {
  std::string names;
  for (const CommandWords& command : commands) names += (names.empty() ? "" : " ") + command.name;
  return names;
}

std::string for_fish(std::string text) {
  for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return "'" + text + "'";
}

std::string fish_commands(const std::vector<CommandWords>& commands) {
  std::string lines;
  for (const CommandWords& command : commands) {
    lines += fmt::format("complete -c squall -n __fish_use_subcommand -f -a {} -d {}\n", command.name,
                         for_fish(command.about));
    for (const auto& [option, about] : command.options)
      lines += fmt::format("complete -c squall -n \"__fish_seen_subcommand_from {}\" -l {} -d {}\n",
                           command.name, option, for_fish(about));
  }
  return lines;
}

}  // namespace

int completions(const std::string& shell, const std::vector<CommandWords>& commands) {
  std::string text(shell == "bash" ? bash : shell == "zsh" ? zsh : fish);
  text = fill(text, "@BASH@", bash);
  text = fill(text, "@COMMANDS@", shell == "fish" ? fish_commands(commands) : command_names(commands));
  text = fill(text, "@OPTIONS@", bash_options(commands));
  text = fill(fill(text, "@TRANSPORTS@", transport_names()), "@MODELS@", model_names());
  std::cout << text;
  return Exit::held;
}

}  // namespace squall::cli
