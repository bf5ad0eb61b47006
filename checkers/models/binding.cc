#include "checkers/models/binding.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace squall::models {
namespace {

using history::Deed;
using history::Told;
using history::Values;

struct Name {
  std::string_view name;
  Function function;
};

/// The first one that the model knows counts.
constexpr Name names[] = {
    {"read", Function::read},         {"get", Function::read},        {"write", Function::write},
    {"put", Function::write},         {"set", Function::write},       {"cas", Function::cas},
    {"append", Function::append},     {"enqueue", Function::enqueue}, {"push", Function::enqueue},
    {"send", Function::enqueue},      {"put", Function::enqueue},     {"dequeue", Function::dequeue},
    {"pop", Function::dequeue},       {"receive", Function::dequeue}, {"take", Function::dequeue},
    {"get", Function::dequeue},       {"add", Function::add},         {"increment", Function::add},
    {"inc", Function::add},           {"generate", Function::add},    {"acquire", Function::acquire},
    {"lock", Function::acquire},      {"wait", Function::acquire},    {"release", Function::release},
    {"unlock", Function::release},    {"post", Function::release},    {"insert", Function::insert},
    {"add", Function::insert},        {"remove", Function::remove},   {"delete", Function::remove},
    {"contains", Function::contains},
};

constexpr std::size_t most_keys = 65536;
constexpr std::size_t most_named = 256 - first_named;

std::string known_to(std::uint32_t functions) {
  std::string list;
  for (const Name& name : names)
    if ((functions & bit(name.function)) != 0 && list.find(name.name) == std::string::npos)
      list += (list.empty() ? "" : ", ") + std::string(name.name);
  return "one of " + list;
}

/// Results that are words: true and false, and what robust mutexes say.
std::int64_t as_number(const Values& values, std::int64_t value) {
  std::string_view word = values.content(value);
  if (word.starts_with(':')) word.remove_prefix(1);
  if (word == "true" || word == "EOWNERDEAD" || word == "consistent") return 1;
  if (word == "false") return 0;
  return word == "ENOTRECOVERABLE" ? 2 : value;
}

class Binder {
 public:
  Binder(const Told& told, std::uint32_t functions, bool any)
      : told_(told), functions_(functions), any_(any) {}

  std::optional<Misfit> run(Subject& subject) {
    subject.operations.reserve(told_.deeds.size());
    subject.lines.reserve(told_.deeds.size());
    for (const Deed& deed : told_.deeds) {
      Operation operation;
      if (auto misfit = bind(deed, operation)) return misfit;
      subject.operations.push_back(operation);
      subject.lines.push_back(deed.place.line);
    }
    for (const history::Value process : processes_)
      subject.processes.push_back(told_.values.written(process));
    subject.functions = std::move(named_);
    return std::nullopt;
  }

 private:
  std::optional<Misfit> bind(const Deed& deed, Operation& operation) {
    const auto function = function_of(deed);
    if (!function)
      return Misfit{deed.place, fmt::format("the model has no '{}'", told_.values.content(deed.function)),
                    known_to(functions_)};
    operation.function = *function;
    operation.invoke = deed.invoke;
    operation.ret = deed.ret;
    operation.process = number(process_numbers_, processes_, deed.process);
    const std::uint32_t key = number(key_numbers_, keys_, deed.key);
    if (key >= most_keys) return Misfit{deed.place, "there are more than 65536 keys", ""};
    operation.key = static_cast<std::uint16_t>(key);
    operation.other = deed.other;
    return values_of(deed, operation);
  }

  std::optional<Misfit> values_of(const Deed& deed, Operation& operation) const {
    operation.value = deed.argument;
    operation.result = result_of(deed, operation.function);
    switch (operation.function) {
      case Function::cas:
        return cas(deed, operation);
      case Function::add:
        if (deed.argument == history::nil) operation.value = 1;
        [[fallthrough]];
      case Function::insert:
        if (Values::is_number(operation.value) || operation.function != Function::add) return std::nullopt;
        return Misfit{deed.place, "an amount that is no whole number", "a whole number"};
      case Function::dequeue:
        operation.value = linear::nothing;
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

  /// Those that ask are told with the value; those that change something are told only if it says so, for
  /// many repeat their argument as the value.
  std::int64_t result_of(const Deed& deed, Function function) const {
    const bool asks = function == Function::read || function == Function::dequeue;
    if (!asks && !deed.told_result && deed.argument != history::nil && !any_) return linear::nothing;
    return asks || any_ ? deed.result : as_number(told_.values, deed.result);
  }

  std::optional<Misfit> cas(const Deed& deed, Operation& operation) const {
    const std::vector<std::int64_t>& pair = told_.values.elements(deed.argument);
    if (pair.size() != 2) return Misfit{deed.place, "a cas without two values", "[old new]"};
    operation.value = pair[0];
    operation.other = pair[1];
    if (operation.result == linear::nothing && !operation.pending()) operation.result = 1;
    return std::nullopt;
  }

  std::optional<Function> function_of(const Deed& deed) {
    const auto [at, fresh] = known_.try_emplace(deed.function);
    if (fresh) at->second = look_up(std::string(told_.values.content(deed.function)));
    return at->second;
  }

  std::optional<Function> look_up(const std::string& wanted) {
    if (any_) {
      if (named_.size() >= most_named) return std::nullopt;
      named_.push_back(wanted);
      return static_cast<Function>(first_named + named_.size() - 1);
    }
    for (const Name& name : names)
      if (name.name == wanted && (functions_ & bit(name.function)) != 0) return name.function;
    return std::nullopt;
  }

  using Numbers = std::unordered_map<history::Value, std::uint32_t>;
  static std::uint32_t number(Numbers& numbers, std::vector<history::Value>& all, history::Value value) {
    const auto [at, fresh] = numbers.try_emplace(value, static_cast<std::uint32_t>(all.size()));
    if (fresh) all.push_back(value);
    return at->second;
  }

  const Told& told_;
  const std::uint32_t functions_;
  const bool any_;
  std::unordered_map<history::Value, std::optional<Function>> known_;
  std::vector<std::string> named_;
  Numbers process_numbers_, key_numbers_;
  std::vector<history::Value> processes_, keys_;
};

}  // namespace

std::variant<Subject, Misfit> bind(Told&& told, std::uint32_t functions, bool any) {
  Subject subject;
  if (auto misfit = Binder(told, functions, any).run(subject)) return *misfit;
  subject.values = std::make_shared<const Values>(std::move(told.values));
  return subject;
}

}  // namespace squall::models
