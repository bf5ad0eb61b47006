// Small random histories of linear::Operation for the cross-checks of the linearizability checkers, and the
// brute force that they are compared with. Simulated ones are valid; mutations of them often are not.
#pragma once

#include "checkers/linear/operation.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace squall::tests {

using linear::Function;
using linear::nothing;
using LinearHistory = std::vector<linear::Operation>;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

/// Gives operations that take effect one after the other windows that overlap; many times are equal.
class Simulation {
 public:
  explicit Simulation(Dice& dice) : dice_(dice), width_(1 + dice.below(30)) {}

  linear::Operation& happens(Function function) {
    linear::Operation operation;
    operation.function = function;
    operation.process = static_cast<std::uint32_t>(history.size());
    now_ += 5;
    operation.invoke = now_ - dice_.below(width_);
    operation.ret = now_ + dice_.below(width_);
    return history.emplace_back(operation);
  }

  /// By a process that does one thing after the other.
  linear::Operation& happens(Function function, std::uint32_t process) {
    std::uint64_t earliest = 0;
    for (const auto& before : history)
      if (before.process == process)
        earliest = std::max(earliest, before.pending() ? before.invoke : before.ret);
    linear::Operation& operation = happens(function);
    now_ = std::max(now_, earliest);
    operation.process = process;
    operation.invoke = std::max(operation.invoke, earliest);
    operation.ret = std::max(operation.ret, now_);
    return operation;
  }

  std::uint64_t now() const { return now_; }

  LinearHistory history;

 private:
  Dice& dice_;
  std::uint64_t width_;
  std::uint64_t now_ = 100;
};

/// Swaps, drops, doubles, shifts and leaves pending. What they do to the operations of one process is the
/// caller's business.
void mutate(Dice&, LinearHistory&);

std::string in_words(std::span<const linear::Operation>);

/// Tries every order in which a history can have happened. `Model`: State (copied, ordered), initial(),
/// `bool step(State&, const Operation&)`, false where the operation cannot have had its result, and
/// `bool may_end(const State&)`; `sequential` where there is no order but one among the operations of a
/// process. Exponential.
template <class Model>
class LinearBruteForce {
 public:
  LinearBruteForce(const Model& model, std::span<const linear::Operation> history)
      : model_(model), history_(history) {}

  bool linearizable() { return search(0, model_.initial()); }

 private:
  bool search(std::uint32_t done, const typename Model::State& state) {
    if (finished(done) && model_.may_end(state)) return true;
    if (!seen_.emplace(done, state).second) return false;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (!may_be_next(done, i)) continue;
      typename Model::State next = state;
      if (model_.step(next, history_[i]) && search(done | 1u << i, next)) return true;
    }
    return false;
  }

  bool finished(std::uint32_t done) const {
    for (std::size_t i = 0; i < history_.size(); ++i)
      if ((done >> i & 1u) == 0 && !history_[i].pending()) return false;
    return true;
  }

  bool may_be_next(std::uint32_t done, std::size_t candidate) const {
    if ((done >> candidate & 1u) != 0) return false;
    for (std::size_t i = 0; i < history_.size(); ++i)
      if ((done >> i & 1u) == 0 && (history_[i].ret < history_[candidate].invoke || precedes(i, candidate)))
        return false;
    return true;
  }

  /// By one process that does one thing after the other, even at equal times.
  bool precedes(std::size_t first, std::size_t second) const {
    if constexpr (requires { Model::sequential; })
      return history_[first].process == history_[second].process && !history_[first].pending() &&
             std::pair(history_[first].invoke, first) < std::pair(history_[second].invoke, second);
    return false;
  }

  const Model& model_;
  std::span<const linear::Operation> history_;
  std::set<std::pair<std::uint32_t, typename Model::State>> seen_;
};

template <class Model>
bool linearizable(const Model& model, std::span<const linear::Operation> history) {
  return LinearBruteForce<Model>(model, history).linearizable();
}

}  // namespace squall::tests
