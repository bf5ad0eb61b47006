// A register a key with compare-and-set.
#include "checkers/models/model.h"

namespace squall::models {
namespace {

void init(const Context&, State& state) { state = {linear::nothing}; }

/// A cas that is pending took place if it could: that it did not is the same as its absence.
bool compare_and_set(State& state, const Operation& operation) {
  const bool same = state[0] == operation.value;
  if (operation.result == 0 && !operation.pending()) return !same;
  if (same) state[0] = operation.other;
  return same;
}

bool step(const Context&, State& state, const Operation& operation) {
  if (operation.function == Function::read) return operation.pending() || operation.result == state[0];
  if (operation.function == Function::cas) return compare_and_set(state, operation);
  state[0] = operation.value;
  return true;
}

std::uint64_t partition(const Context&, const Operation& operation) { return operation.key; }

std::string words(const Context& context, const State& state) {
  return "it at " + written(context, state[0]);
}

}  // namespace

const Model cas_register = {
    .name = "cas-register",
    .about = "read, write, cas; one a key",
    .functions = functions(Function::read, Function::write, Function::cas),
    .init = init,
    .step = step,
    .equal = nullptr,
    .hash = nullptr,
    .partition = partition,
    .observes = changes_nothing,
    .together = nullptr,
    .by_process = false,
    .words = words,
};

}  // namespace squall::models
