// A set: insert, remove, contains. Every element is an object of its own.
#include "checkers/models/model.h"

namespace squall::models {
namespace {

void init(const Context&, State& state) { state = {0}; }

/// An insertion succeeds where the element is not there, a removal where it is; `contains` tells.
bool step(const Context&, State& state, const Operation& operation) {
  const bool there = state[0] != 0;
  const bool inserts = operation.function == Function::insert;
  const bool told = !operation.pending() && operation.result != linear::nothing;
  const bool expected = inserts ? !there : there;
  if (told && (operation.result != 0) != expected) return false;
  if (operation.function != Function::contains) state[0] = inserts ? 1 : 0;
  return true;
}

std::uint64_t partition(const Context&, const Operation& operation) {
  return static_cast<std::uint64_t>(operation.value) * 65537 + operation.key;
}

std::string words(const Context&, const State& state) {
  return state[0] != 0 ? "it in the set" : "it out of the set";
}

}  // namespace

const Model set = {
    .name = "set",
    .about = "insert, remove, contains",
    .functions = functions(Function::insert, Function::remove, Function::contains),
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
