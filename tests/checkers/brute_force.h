// The oracle of the fast checkers: tries every order in which a small history can have happened. An operation
// comes before another one exactly when it returned strictly before the other was invoked; pending ones may
// be left out. Exponential; for histories of about ten operations.
#pragma once

#include "checkers/operations.h"

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace squall::tests {

/// Model: `State` (copied, ordered) and `bool step(State&, const Operation&)`, false when the operation
/// cannot have had its result in that state.
template <class Model>
class BruteForce {
 public:
  using State = typename Model::State;

  BruteForce(const Model& model, const std::vector<history::Operation>& operations)
      : model_(model), operations_(operations) {}

  bool linearizable() { return search(0, model_.initial()); }

 private:
  bool search(std::uint32_t done, const State& state) {
    if (finished(done)) return true;
    if (!seen_.emplace(done, state).second) return false;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (!may_be_next(done, i)) continue;
      State next = state;
      if (model_.step(next, operations_[i]) && search(done | 1u << i, next)) return true;
    }
    return false;
  }

  bool finished(std::uint32_t done) const {
    for (std::size_t i = 0; i < operations_.size(); ++i)
      if ((done >> i & 1u) == 0 && !checkers::undecided(operations_[i])) return false;
    return true;
  }

  bool may_be_next(std::uint32_t done, std::size_t candidate) const {
    if ((done >> candidate & 1u) != 0) return false;
    for (std::size_t i = 0; i < operations_.size(); ++i)
      if ((done >> i & 1u) == 0 && checkers::latest(operations_[i]) < operations_[candidate].invoke_ns)
        return false;
    return true;
  }

  const Model& model_;
  const std::vector<history::Operation>& operations_;
  std::set<std::pair<std::uint32_t, State>> seen_;
};

template <class Model>
bool linearizable(const Model& model, const std::vector<history::Operation>& operations) {
  return BruteForce<Model>(model, operations).linearizable();
}

}  // namespace squall::tests
