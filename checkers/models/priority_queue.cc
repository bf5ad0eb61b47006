// A queue with priorities: the highest first, and first in, first out within one. The state is value and
// priority of each, in the order of arrival.
#include "checkers/models/model.h"

namespace squall::models {
namespace {

void init(const Context&, State& state) { state.clear(); }

std::size_t next_of(const State& state) {
  std::size_t best = 0;
  for (std::size_t at = 2; at < state.size(); at += 2)
    if (state[at + 1] > state[best + 1]) best = at;
  return best;
}

bool dequeue(State& state, const Operation& operation) {
  if (!operation.pending() && operation.result == linear::nothing) return state.empty();
  if (state.empty()) return false;
  const std::size_t at = next_of(state);
  const bool told = !operation.pending();
  if (told && state[at] != operation.result) return false;
  if (told && operation.other != linear::nothing && state[at + 1] != operation.other) return false;
  const auto first = state.begin() + static_cast<std::ptrdiff_t>(at);
  state.erase(first, first + 2);
  return true;
}

bool step(const Context&, State& state, const Operation& operation) {
  if (operation.function == Function::dequeue) return dequeue(state, operation);
  if (!operation.pending() && operation.result == 0) return true;
  state.push_back(operation.value);
  state.push_back(operation.other);
  return true;
}

std::string words(const Context& context, const State& state) {
  State values;
  for (std::size_t at = 0; at < state.size(); at += 2) values.push_back(state[at]);
  return values.empty() ? "it empty" : "in it " + written(context, std::span<const std::int64_t>(values));
}

}  // namespace

const Model priority_queue = {
    .name = "priority-queue",
    .about = "enqueue with a priority, dequeue: the highest first, first in, first out within one",
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
