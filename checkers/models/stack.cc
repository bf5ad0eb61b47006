// A stack: push, pop.
#include "checkers/models/model.h"

namespace squall::models {
namespace {

void init(const Context&, State& state) { state.clear(); }

bool pop(State& state, const Operation& operation) {
  if (!operation.pending() && operation.result == linear::nothing) return state.empty();
  if (state.empty() || (!operation.pending() && state.back() != operation.result)) return false;
  state.pop_back();
  return true;
}

bool step(const Context&, State& state, const Operation& operation) {
  if (operation.function == Function::dequeue) return pop(state, operation);
  if (!operation.pending() && operation.result == 0) return true;
  state.push_back(operation.value);
  return true;
}

std::string words(const Context& context, const State& state) {
  return state.empty() ? "it empty" : "on it " + written(context, std::span<const std::int64_t>(state));
}

}  // namespace

const Model stack = {
    .name = "stack",
    .about = "push, pop: last in, first out",
    .functions = functions(Function::enqueue, Function::dequeue),
    .init = init,
    .step = step,
    .equal = nullptr,
    .hash = nullptr,
    .partition = nullptr,
    .observes = changes_nothing,
    .together = one_value_together,
    .by_process = false,
    .words = words,
};

}  // namespace squall::models
