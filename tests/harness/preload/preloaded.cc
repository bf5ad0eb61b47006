#include "tests/harness/preload/preloaded.h"

#include <sys/mman.h>

#include <sstream>

namespace squall::tests {

using namespace squall::faults;

Outcome run_command(const Scratch& scratch, const std::vector<std::string>& command,
                    const std::map<std::string, std::string>& variables) {
  const std::string path = scratch / "output";
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int status = status_of([&] {
    const int output = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (output < 0 || dup2(output, STDOUT_FILENO) < 0 || close(output) != 0) return 98;
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
    execvp(arguments[0], arguments.data());
    return 97;
  });
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return {status, text.str()};
}

Preloaded::Preloaded()
    : rules_(open_rules((scratch_ / "rules").c_str(), true)),
      diary_(open_diary((scratch_ / "diary").c_str(), true)) {
  if (rules_ == nullptr || diary_ == nullptr) std::abort();
  rules_->seed = 42;
  rules_->processes[0].identity = 4711;
}

Rule& Preloaded::rule(Action action, std::initializer_list<std::string_view> calls) {
  Rule& rule = rules_->rules[rules_->rule_count++];
  rule.action = action;
  rule.targets.add(0);
  for (const std::string_view name : calls)
    for (std::size_t i = 0; i < faults::calls().size(); ++i)
      if (faults::calls()[i].name == name) rule.calls.add(static_cast<Call>(i));
  return rule;
}

ChannelIdentity& Preloaded::channel(unsigned number) {
  if (rules_->channel_count <= number) rules_->channel_count = number + 1;
  return rules_->channels[number];
}

Outcome Preloaded::run(const std::vector<std::string>& command,
                       const std::map<std::string, std::string>& more_variables) {
  std::map<std::string, std::string> variables = more_variables;
  variables["LD_PRELOAD"] = preload_library;
  variables[preload_variable] = (scratch_ / "rules") + ":" + (scratch_ / "diary") + ":0";
  return run_command(scratch_, command, variables);
}

Outcome Preloaded::run_probe(std::vector<std::string> arguments,
                             const std::map<std::string, std::string>& more_variables) {
  arguments.insert(arguments.begin(), probe);
  return run(arguments, more_variables);
}

std::vector<Decided> Preloaded::decisions() const {
  std::vector<Decided> all;
  for (std::uint32_t i = 0; i < diary_->next && i < max_decisions; ++i) {
    const Decision& decision = diary_->decisions[i];
    if (decision.complete.load(std::memory_order_acquire) == 0) continue;
    all.push_back({decision.key, decision.value, decision.rule, decision.effect});
  }
  return all;
}

std::size_t Preloaded::count(Effect effect) const {
  std::size_t count = 0;
  for (const Decided& decided : decisions()) count += decided.effect == effect ? 1 : 0;
  return count;
}

}  // namespace squall::tests
