// A robust mutex a key: whoever acquires it after its owner has died is told (result 1); released before it
// was made consistent, it is lost for everybody (result 2).
#include "checkers/models/model.h"

#include <algorithm>

namespace squall::models {
namespace {

constexpr std::int64_t nobody = -1, nobody_ever = -2;
/// Released by somebody of whom it is not known whether he had made it consistent: the next one will tell.
constexpr std::int64_t nobody_perhaps_ever = -3;
/// Words of the state. Where somebody inherited, it is at least as late as the death that he was told of.
/// Behind these come the dead whose deaths were told, in order: they do nothing more.
constexpr std::size_t holder = 0, spoiled = 1, earliest = 2, dead = 3;

void init(const Context&, State& state) { state = {nobody, 0, 0}; }

/// From when on the process may have been dead; `never`: it was not.
std::uint64_t dead_from(const Context& context, std::int64_t process) {
  std::uint64_t from = linear::never;
  for (const linear::Death& death : context.deaths)
    if (std::int64_t{death.process} == process) from = std::min(from, death.from);
  return from;
}

/// What somebody who comes after a death can be told, and whoever comes after him knows what time it is.
bool inherit(const Context& context, State& state, const Operation& operation) {
  if (state[holder] == std::int64_t{operation.process}) return false;
  const std::uint64_t from = dead_from(context, state[holder]);
  if (from == linear::never || from > operation.ret) return false;
  state[earliest] = std::max(state[earliest], static_cast<std::int64_t>(from));
  state[spoiled] = 1;
  const auto first = state.begin() + dead;
  state.insert(std::lower_bound(first, state.end(), state[holder]), std::int64_t{state[holder]});
  return true;
}

bool free_for(State& state, std::int64_t result) {
  if (state[holder] == nobody_perhaps_ever) state[holder] = result == 2 ? nobody_ever : nobody;
  return state[holder] == nobody;
}

bool acquire(const Context& context, State& state, const Operation& operation) {
  const std::int64_t result = operation.pending() ? linear::nothing : operation.result;
  const bool free = free_for(state, result);
  if (result == 2 || state[holder] == nobody_ever) return result == 2 && state[holder] == nobody_ever;
  if (result == 1 && free) return false;
  if (!free && !operation.pending() && result != 1) return false;
  if (!free && !inherit(context, state, operation)) return false;
  state[holder] = operation.process;
  return true;
}

bool release(State& state, const Operation& operation) {
  if (state[holder] != std::int64_t{operation.process}) return false;
  const bool mended = state[spoiled] == 0 || operation.result == 1;
  state[holder] = mended ? nobody : operation.pending() ? nobody_perhaps_ever : nobody_ever;
  state[spoiled] = 0;
  return true;
}

bool step(const Context& context, State& state, const Operation& operation) {
  if (operation.ret < static_cast<std::uint64_t>(state[earliest])) return false;
  if (std::binary_search(state.begin() + dead, state.end(), std::int64_t{operation.process})) return false;
  return operation.function == Function::acquire ? acquire(context, state, operation)
                                                 : release(state, operation);
}

std::uint64_t partition(const Context&, const Operation& operation) { return operation.key; }

std::string words(const Context&, const State& state) {
  return state[holder] == nobody                ? "it free"
         : state[holder] == nobody_ever         ? "it lost"
         : state[holder] == nobody_perhaps_ever ? "it free or lost"
                                                : "it held";
}

}  // namespace

const Model robust_mutex = {
    .name = "robust-mutex",
    .about = "acquire (1: its owner had died, 2: lost), release (1: made consistent before)",
    .functions = functions(Function::acquire, Function::release),
    .init = init,
    .step = step,
    .equal = nullptr,
    .hash = nullptr,
    .partition = partition,
    .observes = nullptr,
    .together = nullptr,
    .by_process = true,
    .words = words,
};

}  // namespace squall::models
