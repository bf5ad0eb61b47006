#include "tests/checkers/linear_history.h"

#include <array>

namespace squall::tests {
namespace {

using linear::never;
using linear::Operation;

std::vector<Operation*> that_return_values(LinearHistory& history) {
  std::vector<Operation*> found;
  for (Operation& operation : history)
    if (operation.result != nothing && !operation.pending()) found.push_back(&operation);
  return found;
}

Operation& any(Dice& dice, LinearHistory& history) { return history[dice.below(history.size())]; }

void swap_results(Dice& dice, LinearHistory& history) {
  const auto results = that_return_values(history);
  if (results.size() < 2) return;
  Operation& one = *results[dice.below(results.size())];
  Operation& other = *results[dice.below(results.size())];
  if (one.function != other.function) return;
  std::swap(one.result, other.result);
  if (one.function == Function::dequeue && dice.one_in(2)) std::swap(one.other, other.other);
}

void double_result(Dice& dice, LinearHistory& history) {
  const auto results = that_return_values(history);
  if (results.size() < 2) return;
  Operation& one = *results[dice.below(results.size())];
  const Operation& other = *results[dice.below(results.size())];
  if (one.function != other.function) return;
  one.result = other.result;
}

void change_result(Dice& dice, LinearHistory& history) {
  const auto results = that_return_values(history);
  if (results.empty()) return;
  results[dice.below(results.size())]->result += static_cast<std::int64_t>(dice.below(3)) - 1;
}

void drop(Dice& dice, LinearHistory& history) {
  history.erase(history.begin() + static_cast<std::ptrdiff_t>(dice.below(history.size())));
}

void shift(Dice& dice, LinearHistory& history) {
  Operation& operation = any(dice, history);
  const std::uint64_t by = dice.below(60);
  const std::uint64_t back = dice.one_in(2) ? std::min<std::uint64_t>(2 * by, operation.invoke) : 0;
  operation.invoke += by - back;
  if (!operation.pending()) operation.ret += by - back;
}

void shorten(Dice& dice, LinearHistory& history) {
  Operation& operation = any(dice, history);
  if (operation.pending()) return;
  if (dice.one_in(2))
    operation.ret = operation.invoke;
  else
    operation.invoke = operation.ret;
}

void take_nothing(Dice& dice, LinearHistory& history) {
  Operation& operation = any(dice, history);
  if (operation.function == Function::dequeue) operation.result = nothing;
}

}  // namespace

void mutate(Dice& dice, LinearHistory& history) {
  using Mutation = void (*)(Dice&, LinearHistory&);
  constexpr std::array<Mutation, 7> mutations = {swap_results, double_result, change_result, drop,
                                                 shift,        shorten,       take_nothing};
  for (std::uint64_t count = dice.below(4); count > 0 && !history.empty(); --count)
    mutations[dice.below(mutations.size())](dice, history);
  if (dice.one_in(4)) return;  // unsorted
  std::stable_sort(history.begin(), history.end(),
                   [](const Operation& left, const Operation& right) { return left.invoke < right.invoke; });
}

std::string in_words(std::span<const linear::Operation> history) {
  constexpr std::array names = {"read", "write",   "cas",     "append", "enqueue", "dequeue",
                                "add",  "acquire", "release", "insert", "remove",  "contains"};
  const auto number = [](std::int64_t value) { return value == nothing ? "-" : std::to_string(value); };
  std::string text;
  for (const Operation& operation : history)
    text += std::string(names[static_cast<std::size_t>(operation.function)]) + " by " +
            std::to_string(operation.process) + ", value " + number(operation.value) + ", other " +
            number(operation.other) + " -> " + number(operation.result) + " [" +
            std::to_string(operation.invoke) + ", " +
            (operation.pending() ? "pending" : std::to_string(operation.ret)) + "]\n";
  return text;
}

}  // namespace squall::tests
