// A semaphore: `semaphore:3` begins with three permits, `semaphore` with one. Anybody may release.
#include "checkers/models/model.h"

#include <algorithm>

namespace squall::models {
namespace {

void init(const Context& context, State& state) { state = {std::max<std::int64_t>(context.parameter, 1)}; }

bool step(const Context&, State& state, const Operation& operation) {
  const bool acquires = operation.function == Function::acquire;
  if (acquires && state[0] == 0) return false;
  state[0] += acquires ? -1 : 1;
  return true;
}

std::uint64_t partition(const Context&, const Operation& operation) { return operation.key; }

std::string words(const Context&, const State& state) {
  return std::to_string(state[0]) + (state[0] == 1 ? " permit" : " permits");
}

}  // namespace

const Model semaphore = {
    .name = "semaphore",
    .about = "acquire, release; semaphore:N begins with N permits",
    .functions = functions(Function::acquire, Function::release),
    .init = init,
    .step = step,
    .equal = nullptr,
    .hash = nullptr,
    .partition = partition,
    .observes = nullptr,
    .together = nullptr,
    .by_process = false,
    .words = words,
};

}  // namespace squall::models
