// A System V message queue: a receiver asks for whatever came first (0), the first of a type, or the first of
// the lowest type up to −t. The state is value and type of each message, in the order of arrival.
#include "checkers/models/model.h"

namespace squall::models {
namespace {

void init(const Context&, State& state) { state.clear(); }

bool asked_for(std::int64_t type, std::int64_t wanted) {
  return wanted == linear::nothing || wanted == 0 || (wanted > 0 ? type == wanted : type <= -wanted);
}

/// Where the message is that the receiver gets; the size of the state: there is none for it.
std::size_t next_of(const State& state, std::int64_t wanted) {
  std::size_t best = state.size();
  for (std::size_t at = 0; at < state.size(); at += 2) {
    if (!asked_for(state[at + 1], wanted)) continue;
    if (best == state.size() || (wanted < 0 && wanted != linear::nothing && state[at + 1] < state[best + 1]))
      best = at;
  }
  return best;
}

bool receive(State& state, const Operation& operation) {
  const std::size_t at = next_of(state, operation.other);
  if (!operation.pending() && operation.result == linear::nothing) return at == state.size();
  if (at == state.size() || (!operation.pending() && state[at] != operation.result)) return false;
  const auto first = state.begin() + static_cast<std::ptrdiff_t>(at);
  state.erase(first, first + 2);
  return true;
}

bool step(const Context&, State& state, const Operation& operation) {
  if (operation.function == Function::dequeue) return receive(state, operation);
  if (!operation.pending() && operation.result == 0) return true;
  state.push_back(operation.value);
  state.push_back(operation.other);
  return true;
}

}  // namespace

const Model by_type = {
    .name = "by-type",
    .about = "enqueue with a type, dequeue of 0, a type, or −type: as System V message queues",
    .functions = functions(Function::enqueue, Function::dequeue),
    .init = init,
    .step = step,
    .equal = nullptr,
    .hash = nullptr,
    .partition = nullptr,
    .observes = changes_nothing,
    .together = one_value_together,
    .by_process = false,
    .words = nullptr,
};

}  // namespace squall::models
