// A register a key: a read tells what was written last.
#include "checkers/models/model.h"

namespace squall::models {
namespace {

void init(const Context&, State& state) { state = {linear::nothing}; }

bool step(const Context&, State& state, const Operation& operation) {
  if (operation.function == Function::read) return operation.pending() || operation.result == state[0];
  state[0] = operation.value;
  return true;
}

std::uint64_t partition(const Context&, const Operation& operation) { return operation.key; }

std::uint64_t together(const Context&, const Operation& operation) {
  return static_cast<std::uint64_t>(operation.function == Function::read ? operation.result
                                                                         : operation.value);
}

std::string words(const Context& context, const State& state) {
  return "it at " + written(context, state[0]);
}

}  // namespace

const Model register_model = {
    .name = "register",
    .about = "read, write; one a key",
    .functions = functions(Function::read, Function::write),
    .init = init,
    .step = step,
    .equal = nullptr,
    .hash = nullptr,
    .partition = partition,
    .observes = changes_nothing,
    .together = together,
    .by_process = false,
    .words = words,
};

}  // namespace squall::models
