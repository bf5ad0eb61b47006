// A mutex a key: one holder at a time, and only the holder releases.
#include "checkers/models/model.h"

namespace squall::models {
namespace {

constexpr std::int64_t nobody = -1;

void init(const Context&, State& state) { state = {nobody}; }

bool step(const Context&, State& state, const Operation& operation) {
  const bool acquires = operation.function == Function::acquire;
  if (state[0] != (acquires ? nobody : std::int64_t{operation.process})) return false;
  state[0] = acquires ? std::int64_t{operation.process} : nobody;
  return true;
}

std::uint64_t partition(const Context&, const Operation& operation) { return operation.key; }
std::uint64_t together(const Context&, const Operation& operation) { return operation.process; }

std::string words(const Context&, const State& state) { return state[0] == nobody ? "it free" : "it held"; }

}  // namespace

const Model mutex = {
    .name = "mutex",
    .about = "acquire, release: one holder at a time",
    .functions = functions(Function::acquire, Function::release),
    .init = init,
    .step = step,
    .equal = nullptr,
    .hash = nullptr,
    .partition = partition,
    .observes = nullptr,
    .together = together,
    .by_process = true,
    .words = words,
};

}  // namespace squall::models
