#include "checkers/linear/pairing.h"

#include "checkers/linear/value_table.h"

namespace squall::linear {
namespace {

struct Puts {
  std::size_t count = 0;
  std::uint64_t differing = 0;  ///< the bits in which their values differ
};

Puts count_puts(History history) {
  Puts puts_found;
  std::int64_t first = 0;
  for (const Operation& operation : history) {
    if (!is_put(operation)) continue;
    if (puts_found.count++ == 0) first = operation.value;
    puts_found.differing |= static_cast<std::uint64_t>(first ^ operation.value);
  }
  return puts_found;
}

/// The refused enqueue of a value that nobody else put in; none.
Index refusal_of(History history, std::int64_t value) {
  for (Index i = 0; i < history.size(); ++i)
    if (history[i].function == Function::enqueue && history[i].value == value) return i;
  return none;
}

}  // namespace

Result never_put(History history, Index take) {
  const Index refused = refusal_of(history, history[take].result);
  if (refused == none) return contradiction({take}, "A had a value that nobody had put in");
  return contradiction({refused, take}, "A was refused, and yet B had its value");
}

Result taken_twice(Index put, Index one, Index other) {
  return contradiction({put, one, other}, "B and C both took out what A had put in once");
}

Result taken_early(Index take, Index put) {
  return contradiction({take, put}, "A took a value out and returned before B began to put it in");
}

Pairing::Pairing(History history) : role(history.size(), Role::idle), mate(history.size(), none) {
  if (const std::string why = too_long(history); !why.empty()) {
    defect = undecided(why);
    return;
  }
  for (Index i = 0; i < history.size(); ++i) {
    const Operation& operation = history[i];
    if (operation.function == Function::enqueue) {
      if (operation.value == nothing) defect = undecided("an enqueue has no value");
      if (is_put(operation)) role[i] = Role::put;
    } else if (operation.function == Function::dequeue) {
      role[i] = operation.pending() ? Role::swallow : operation.result == nothing ? Role::empty : Role::take;
      if (role[i] == Role::swallow) ++swallowers;
      if (role[i] == Role::empty) ++empties;
    } else {
      defect = undecided("it has operations that are neither enqueue nor dequeue");
    }
  }
  if (!defect) pair_up(history);
}

void Pairing::pair_up(History history) {
  const auto value = [&](Index index) { return history[index].value; };
  const Puts all = count_puts(history);
  ValueTable table(all.count, all.differing);
  for (Index i = 0; i < history.size(); ++i)
    if (role[i] == Role::put && table.insert(i, value) != none) {
      defect = undecided("a value is put in more than once");
      return;
    }
  for (Index i = 0; i < history.size() && !defect; ++i)
    if (role[i] == Role::take) pair(history, table.find(history[i].result, value), i);
  for (Index i = 0; i < history.size(); ++i) {
    if (role[i] != Role::put || mate[i] != none) continue;
    if (history[i].pending())
      role[i] = Role::idle;
    else
      ++unreceived;
  }
}

void Pairing::pair(History history, Index put, Index take) {
  if (put == none)
    defect = never_put(history, take);
  else if (mate[put] != none)
    defect = taken_twice(put, mate[put], take);
  else if (history[take].ret < history[put].invoke)
    defect = taken_early(take, put);
  else
    mate[put] = take, mate[take] = put;
}

}  // namespace squall::linear
