// What the models share: which operations change nothing, and how values look.
#include "checkers/models/model.h"

#include <fmt/core.h>

namespace squall::models {

bool changes_nothing(const Operation& operation) {
  switch (operation.function) {
    case Function::read:
    case Function::contains:
      return true;
    case Function::cas:
    case Function::insert:
    case Function::remove:
    case Function::enqueue:
      return !operation.pending() && operation.result == 0;
    case Function::dequeue:
      return !operation.pending() && operation.result == linear::nothing;
    case Function::acquire:
      return !operation.pending() && operation.result == 2;
    default:
      return false;
  }
}

std::string written(const Context& context, std::int64_t value) {
  static const history::Values none;
  return (context.values == nullptr ? none : *context.values).written(value);
}

std::string written(const Context& context, std::span<const std::int64_t> values) {
  std::string out = "[";
  for (const std::int64_t value : values) out += (out.size() > 1 ? " " : "") + written(context, value);
  return out + "]";
}

}  // namespace squall::models
