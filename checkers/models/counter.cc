// A counter: add, of any amount, and read; an add may tell what was there before.
#include "checkers/models/model.h"

namespace squall::models {
namespace {

void init(const Context&, State& state) { state = {0}; }

bool step(const Context&, State& state, const Operation& operation) {
  const bool told = !operation.pending() && operation.result != linear::nothing;
  if (told && operation.result != state[0]) return false;
  if (operation.function == Function::add)
    state[0] = static_cast<std::int64_t>(static_cast<std::uint64_t>(state[0]) +
                                         static_cast<std::uint64_t>(operation.value));
  return true;
}

std::string words(const Context&, const State& state) { return "it at " + std::to_string(state[0]); }

}  // namespace

const Model counter = {
    .name = "counter",
    .about = "add, read",
    .functions = functions(Function::add, Function::read),
    .init = init,
    .step = step,
    .equal = nullptr,
    .hash = nullptr,
    .partition = nullptr,
    .observes = changes_nothing,
    .together = nullptr,
    .by_process = false,
    .words = words,
};

}  // namespace squall::models
