// A robust mutex a key: whoever acquires it after its owner has died is told (result 1); released before it
// was made consistent, it is lost for everybody (result 2).
#include "checkers/models/model.h"

#include <algorithm>

namespace squall::models {
namespace {

constexpr std::int64_t nobody = -1, nobody_ever = -2;
/// Released by somebody of whom it is not known whether he had made it consistent: the next one will tell.
constexpr std::int64_t nobody_perhaps_ever = -3;
constexpr std::size_t holder = 0, spoiled = 1;  // words of the state

void init(const Context&, State& state) { state = {nobody, 0}; }

/// Whether the holder may have been dead by the time at which somebody else had returned.
bool may_have_died(const Context& context, std::int64_t process, std::uint64_t by) {
  return std::any_of(context.deaths.begin(), context.deaths.end(), [&](const linear::Death& death) {
    return std::int64_t{death.process} == process && death.from <= by;
  });
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
  if (!free && state[holder] == std::int64_t{operation.process}) return false;  // the dead do nothing
  if (!free && !may_have_died(context, state[holder], operation.ret)) return false;
  state[holder] = operation.process;
  if (!free) state[spoiled] = 1;
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
