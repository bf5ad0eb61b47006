// Small random histories of a model, about half of them valid: operations take effect at some instant between
// invocation and return, with a result that the model allows; then, perhaps, something is changed.
#pragma once

#include "checkers/models/model.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace squall::tests {

struct Shape {
  std::vector<linear::Function> functions;
  std::int64_t values = 3;    ///< 1 … values
  bool unique = false;        ///< each is written once
  std::int64_t others = 0;    ///< the same of `other`; 0: none
  bool others_of_all = true;  ///< of dequeues too
  unsigned keys = 1;
  double pending = 0;                 ///< how many never return
  std::vector<std::int64_t> results;  ///< what an operation may return
};

class RandomHistory {
 public:
  RandomHistory(const models::Model& model, const models::Context& context, Shape shape, std::uint64_t seed)
      : model_(model), context_(context), shape_(std::move(shape)), random_(seed) {}

  std::vector<linear::Operation> draw(std::size_t most) {
    next_value_ = 0;
    std::vector<linear::Operation> history(1 + below(most));
    for (auto& operation : history) operation = attempt();
    set_times(history);
    set_results(history);
    if (below(2) == 0) disturb(history);
    return history;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  linear::Operation attempt() {
    linear::Operation operation;
    operation.function = shape_.functions[below(shape_.functions.size())];
    const bool asks =
        operation.function == linear::Function::read || operation.function == linear::Function::dequeue;
    if (!asks)
      operation.value = shape_.unique ? ++next_value_ : 1 + static_cast<std::int64_t>(below(shape_.values));
    if (shape_.others != 0 && (!asks || shape_.others_of_all))
      operation.other = 1 + static_cast<std::int64_t>(below(shape_.others));
    operation.key = static_cast<std::uint16_t>(below(shape_.keys));
    return operation;
  }

  /// Each process does one thing after the other; instants are distinct.
  void set_times(std::vector<linear::Operation>& history) {
    const std::uint64_t processes = 1 + below(4);
    std::vector<std::uint64_t> clock(processes, 0);
    std::vector<bool> stuck(processes, false);
    std::uint32_t fresh = static_cast<std::uint32_t>(processes);
    for (auto& operation : history) {
      const std::uint64_t process = below(processes);
      operation.process = stuck[process] ? fresh++ : static_cast<std::uint32_t>(process);
      operation.invoke = clock[process] + 1 + below(6);
      operation.ret = operation.invoke + below(12);
      clock[process] = operation.ret + below(2);
      if (static_cast<double>(below(1000)) >= shape_.pending * 1000) continue;
      operation.ret = linear::never;
      stuck[process] = true;
    }
  }

  void set_results(std::vector<linear::Operation>& history) {
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    for (std::size_t i = 0; i < history.size(); ++i) {
      const std::uint64_t span = history[i].pending() ? 20 : history[i].ret - history[i].invoke;
      order.emplace_back((history[i].invoke + below(span + 1)) * 64 + below(64), i);
    }
    std::sort(order.begin(), order.end());
    std::map<std::uint64_t, models::State> objects;
    for (const auto& [instant, index] : order) {
      if (history[index].pending() && below(2) == 0) continue;
      const std::uint64_t object =
          model_.partition == nullptr ? 0 : model_.partition(context_, history[index]);
      const auto [state, fresh] = objects.try_emplace(object);
      if (fresh) model_.init(context_, state->second);
      set_result(history[index], state->second);
    }
  }

  void set_result(linear::Operation& operation, models::State& state) {
    for (const std::int64_t result : shape_.results) {
      models::State next = state;
      operation.result = result;
      if (!model_.step(context_, next, operation)) continue;
      state = next;
      break;
    }
    if (operation.pending()) operation.result = linear::nothing;
  }

  void disturb(std::vector<linear::Operation>& history) {
    linear::Operation& one = history[below(history.size())];
    linear::Operation& other = history[below(history.size())];
    switch (below(3)) {
      case 0:
        if (!one.pending()) one.result = shape_.results[below(shape_.results.size())];
        break;
      case 1:
        if (!one.pending() && !other.pending()) std::swap(one.result, other.result);
        break;
      default:
        one.invoke += below(8);
        if (!one.pending()) one.invoke = std::min(one.invoke, one.ret);
    }
  }

  const models::Model& model_;
  const models::Context& context_;
  const Shape shape_;
  std::mt19937_64 random_;
  std::int64_t next_value_ = 0;
};

/// So many in a default run, or with SQUALL_FULL=1.
inline std::size_t trials(std::size_t few, std::size_t many) {
  const char* full = std::getenv("SQUALL_FULL");
  return full != nullptr && *full != '\0' && *full != '0' ? many : few;
}

inline std::string shown(linear::History history) {
  std::string text;
  for (const linear::Operation& operation : history) {
    const auto number = [](std::int64_t value) {
      return value == linear::nothing ? std::string("-") : std::to_string(value);
    };
    text += "p" + std::to_string(operation.process) + " f" +
            std::to_string(static_cast<int>(operation.function)) + " k" + std::to_string(operation.key) +
            " (" + number(operation.value) + ", " + number(operation.other) + ") -> " +
            number(operation.result) + "  [" + std::to_string(operation.invoke) + ", " +
            (operation.pending() ? "never" : std::to_string(operation.ret)) + "]\n";
  }
  return text;
}

}  // namespace squall::tests
