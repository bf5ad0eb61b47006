// How operations are called in a witness.
#include "checkers/models/binding.h"

#include <fmt/core.h>

namespace squall::models {
namespace {

std::string verb(const Subject& subject, Function function) {
  static constexpr std::string_view verbs[] = {"reads",    "writes",   "compares", "appends",
                                               "enqueues", "dequeues", "adds",     "acquires",
                                               "releases", "inserts",  "removes",  "looks for"};
  const auto number = static_cast<std::size_t>(function);
  if (number >= first_named && number - first_named < subject.functions.size())
    return "does " + subject.functions[number - first_named];
  return number < std::size(verbs) ? std::string(verbs[number]) : "does something";
}

std::string name(const Subject& subject, std::int64_t value) {
  static const history::Values none;
  if (value != linear::nothing && subject.value_name) return subject.value_name(value);
  return (subject.values ? *subject.values : none).written(value);
}

bool asks(Function function) { return function == Function::read || function == Function::dequeue; }

/// What it returned with, where that is worth a word.
std::string outcome(const Subject& subject, const Operation& operation) {
  if (operation.pending()) return ", and it is not known whether that happened";
  const std::int64_t result = operation.result;
  if (asks(operation.function)) {
    const bool empty = operation.function == Function::dequeue && result == linear::nothing;
    return empty ? " and finds it empty" : " " + name(subject, result);
  }
  if (result == linear::nothing) return "";
  if (operation.function == Function::cas) return result == 0 ? ", in vain" : "";
  if (operation.function == Function::acquire)
    return result == 1   ? " and is told that the owner died"
           : result == 2 ? " and is told that it is lost"
                         : "";
  if (operation.function == Function::enqueue && result == 0) return " and is told that it is full";
  if (operation.function == Function::release) return "";
  return ", which gives " + name(subject, result);
}

}  // namespace

std::string Subject::deed(std::size_t index) const {
  const Operation& operation = operations[index];
  std::string text = fmt::format(
      "{} {}",
      operation.process < processes.size() ? processes[operation.process] : std::to_string(operation.process),
      verb(*this, operation.function));
  const bool takes = !asks(operation.function) && operation.value != linear::nothing;
  if (takes) text += " " + name(*this, operation.value);
  if (operation.function == Function::cas) text += " and sets " + name(*this, operation.other);
  return text + outcome(*this, operation);
}

std::string Subject::when(std::size_t index) const {
  const Operation& operation = operations[index];
  std::string from = index < lines.size() ? fmt::format("line {}", lines[index]) : "";
  if (!time_name) return from;
  return operation.pending() ? fmt::format("from {} on", time_name(operation.invoke))
                             : fmt::format("{} to {}", time_name(operation.invoke), time_name(operation.ret));
}

}  // namespace squall::models
