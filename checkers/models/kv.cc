// A map from keys to texts or lists: get, put, append. What a key holds is the sequence of what was appended
// since it was put; a get is legal if it is that sequence put together, and from then on it stands for it.
#include "checkers/models/model.h"

namespace squall::models {
namespace {

void init(const Context&, State& state) { state.clear(); }

/// Absent, nil, "" and [] are the same to those who append.
bool holds_nothing(const Context& context, std::int64_t value) {
  if (value == linear::nothing) return true;
  if (context.values == nullptr || history::Values::is_number(value)) return false;
  return context.values->is_list(value) ? context.values->elements(value).empty()
                                        : context.values->content(value).empty();
}

bool is_list(const Context& context, std::int64_t value) {
  return context.values != nullptr && context.values->is_list(value);
}

bool is_text_of(const Context& context, const State& state, std::int64_t result) {
  if (context.values == nullptr) return false;
  std::string_view rest = context.values->content(result);
  for (const std::int64_t piece : state) {
    const bool plain = context.values->is_text(piece);
    const std::string spelled = plain ? "" : context.values->written(piece);
    const std::string_view content = plain ? context.values->content(piece) : spelled;
    if (!rest.starts_with(content)) return false;
    rest.remove_prefix(content.size());
  }
  return rest.empty();
}

bool is_list_of(const Context& context, const State& state, std::int64_t result) {
  const std::vector<std::int64_t>& wanted = context.values->elements(result);
  std::size_t next = 0;
  const auto matches = [&](std::int64_t value) { return next < wanted.size() && wanted[next++] == value; };
  for (const std::int64_t piece : state) {
    if (!is_list(context, piece)) {
      if (!matches(piece)) return false;
      continue;
    }
    for (const std::int64_t element : context.values->elements(piece))
      if (!matches(element)) return false;
  }
  return next == wanted.size();
}

bool get(const Context& context, State& state, std::int64_t result) {
  if (state.size() == 1 && state[0] == result) return true;
  if (holds_nothing(context, result)) return state.empty();
  if (!(is_list(context, result) ? is_list_of(context, state, result) : is_text_of(context, state, result)))
    return false;
  state.assign(1, result);
  return true;
}

bool step(const Context& context, State& state, const Operation& operation) {
  if (operation.function == Function::read)
    return operation.pending() || get(context, state, operation.result);
  if (operation.function == Function::write) state.clear();
  if (!holds_nothing(context, operation.value)) state.push_back(operation.value);
  return true;
}

std::uint64_t partition(const Context&, const Operation& operation) { return operation.key; }

std::string words(const Context& context, const State& state) {
  return state.empty() ? "it empty" : "it at " + written(context, std::span<const std::int64_t>(state));
}

}  // namespace

const Model kv = {
    .name = "kv",
    .about = "get, put, append of texts or lists; by key",
    .functions = functions(Function::read, Function::write, Function::append),
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
