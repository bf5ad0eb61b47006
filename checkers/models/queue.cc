// A queue, first in, first out; `queue:16` holds 16 values at most.
#include "checkers/models/model.h"

namespace squall::models {
namespace {

void init(const Context&, State& state) { state.clear(); }

/// Where nobody said what fits, a refusal says nothing.
bool enqueue(const Context& context, State& state, const Operation& operation) {
  const bool bounded = context.parameter > 0;
  const bool full = bounded && state.size() >= static_cast<std::size_t>(context.parameter);
  if (!operation.pending() && operation.result == 0) return full || !bounded;
  state.push_back(operation.value);
  return !full;
}

bool dequeue(State& state, const Operation& operation) {
  if (!operation.pending() && operation.result == linear::nothing) return state.empty();
  if (state.empty() || (!operation.pending() && state.front() != operation.result)) return false;
  state.erase(state.begin());
  return true;
}

bool step(const Context& context, State& state, const Operation& operation) {
  return operation.function == Function::enqueue ? enqueue(context, state, operation)
                                                 : dequeue(state, operation);
}

std::string words(const Context& context, const State& state) {
  return state.empty() ? "it empty" : "in it " + written(context, std::span<const std::int64_t>(state));
}

}  // namespace

std::uint64_t one_value_together(const Context& context, const Operation& operation) {
  if (context.parameter > 0) return indispensable;
  if (operation.function == Function::enqueue) return static_cast<std::uint64_t>(operation.value);
  return operation.pending() ? indispensable : static_cast<std::uint64_t>(operation.result);
}

const Model queue = {
    .name = "queue",
    .about = "enqueue, dequeue: first in, first out; queue:N holds N at most",
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
