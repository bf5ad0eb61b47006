#include "checkers/linear/pairing.h"

#include "checkers/linear/value_table.h"

namespace squall::linear {
namespace {

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
  const auto value = [&](Index index) { return history[index].value; };
  ValueTable table(history, history.size() / 4 * 3);
  std::vector<Index> early;  // takes that stand before their puts
  for (Index i = 0; i < history.size() && !(defect && defect->unknown()); ++i) {
    role[i] = role_of(history[i]);
    if (role[i] == Role::swallow) ++swallowers;
    if (role[i] == Role::empty) ++empties;
    if (role[i] == Role::put && table.insert(i, value) != none)
      defect = undecided("a value is put in more than once");
    // A contradiction is one only if no second put of the value comes behind it.
    if (role[i] != Role::take || defect) continue;
    const Index put = table.find(history[i].result, value);
    put == none ? early.push_back(i) : pair(history, put, i);
  }
  for (auto take = early.begin(); take != early.end() && !defect; ++take)
    pair(history, table.find(history[*take].result, value), *take);
  if (!defect) count_unreceived(history);
}

/// Of an operation that no queue has: idle, and the defect says so.
Role Pairing::role_of(const Operation& operation) {
  if (operation.function == Function::enqueue) {
    if (operation.value == nothing) defect = undecided("an enqueue has no value");
    return is_put(operation) ? Role::put : Role::idle;
  }
  if (operation.function != Function::dequeue) {
    defect = undecided("it has operations that are neither enqueue nor dequeue");
    return Role::idle;
  }
  if (operation.pending()) return Role::swallow;
  return operation.result == nothing ? Role::empty : Role::take;
}

void Pairing::count_unreceived(History history) {
  for (Index i = 0; i < role.size(); ++i) {
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
