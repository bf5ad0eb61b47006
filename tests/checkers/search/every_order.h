// The oracle of the search: tries every order in which a small history can have happened, with nothing
// clever about it. An operation comes before another one exactly when it returned strictly before the other
// was invoked; pending ones may be left out. Exponential; for histories of about ten operations.
#pragma once

#include "checkers/models/model.h"

#include <map>
#include <set>
#include <utility>

namespace squall::tests {

class EveryOrder {
 public:
  EveryOrder(const models::Model& model, const models::Context& context, linear::History history)
      : model_(model), context_(context), history_(history) {}

  bool has_one() {
    models::State state;
    model_.init(context_, state);
    return search(0, state);
  }

 private:
  bool search(std::uint32_t done, const models::State& state) {
    if (finished(done)) return true;
    if (!seen_.emplace(done, state).second) return false;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (!may_be_next(done, i)) continue;
      models::State next = state;
      if (model_.step(context_, next, history_[i]) && search(done | 1u << i, next)) return true;
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
      if ((done >> i & 1u) == 0 && history_[i].ret < history_[candidate].invoke) return false;
    return true;
  }

  const models::Model& model_;
  const models::Context& context_;
  linear::History history_;
  std::set<std::pair<std::uint32_t, models::State>> seen_;
};

/// Object by object.
inline bool fits_some_order(const models::Model& model, const models::Context& context,
                            linear::History history) {
  std::map<std::uint64_t, std::vector<linear::Operation>> objects;
  for (const linear::Operation& operation : history)
    objects[model.partition == nullptr ? 0 : model.partition(context, operation)].push_back(operation);
  for (const auto& [number, operations] : objects)
    if (!EveryOrder(model, context, operations).has_one()) return false;
  return true;
}

}  // namespace squall::tests
