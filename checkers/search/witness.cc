// First everything that began after the return that could not be passed goes: it never mattered. Then
// operations go that no history needs: those that only observe, and those of a value as a whole, where the
// model says so. What may not go stays, even if the rest contradicts itself without it: a read of a value
// whose write was left out would be no witness of anything.
#include "checkers/search/witness.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace squall::search {
namespace {

constexpr std::uint64_t most_trials = 300;
constexpr std::uint64_t steps_a_trial = 20'000;
constexpr std::uint64_t steps_at_most = 200'000;

using Indices = std::vector<std::uint32_t>;

std::vector<linear::Operation> cut(linear::History history, const Indices& indices) {
  std::vector<linear::Operation> operations;
  operations.reserve(indices.size());
  for (const std::uint32_t index : indices) operations.push_back(history[index]);
  return operations;
}

class Minimiser {
 public:
  Minimiser(const models::Model& model, const models::Context& context, linear::History history,
            const Allowance& allowance, Indices kept)
      : model_(model), context_(context), history_(history), allowance_(allowance), kept_(std::move(kept)) {}

  Indices run() {
    std::vector<Indices> units = units_of();
    for (std::size_t size = units.size(); size > 0 && may_go_on(); size /= 2)
      for (std::size_t at = 0; at < units.size() && may_go_on();)
        if (without({units.begin() + static_cast<std::ptrdiff_t>(at),
                     units.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, units.size()))}))
          units.erase(units.begin() + static_cast<std::ptrdiff_t>(at),
                      units.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, units.size())));
        else
          at += size;
    return kept_;
  }

 private:
  bool may_go_on() const { return trials_ < most_trials && steps_ < steps_at_most; }

  /// What may be left out, each unit as a whole.
  std::vector<Indices> units_of() const {
    std::vector<Indices> units;
    std::map<std::uint64_t, Indices> together;
    for (const std::uint32_t index : kept_) {
      const linear::Operation& operation = history_[index];
      if (model_.observes != nullptr && model_.observes(operation)) units.push_back({index});
      if (model_.together == nullptr) continue;
      const std::uint64_t number = model_.together(context_, operation);
      if (number != models::indispensable) together[number].push_back(index);
    }
    for (auto& [number, unit] : together) units.push_back(std::move(unit));
    return units;
  }

  /// Leaves them out if what is left is still a violation.
  bool without(const std::vector<Indices>& units) {
    std::vector<bool> gone(history_.size());
    for (const Indices& unit : units)
      for (const std::uint32_t index : unit) gone[index] = true;
    Indices rest;
    for (const std::uint32_t index : kept_)
      if (!gone[index]) rest.push_back(index);
    ++trials_;
    Allowance allowance = allowance_;
    allowance.steps = steps_a_trial;
    const auto operations = cut(history_, rest);
    Explorer trial(model_, context_, operations, allowance);
    const bool still = trial.run() == Ended::invalid;
    steps_ += trial.steps() + rest.size();
    if (still) kept_ = std::move(rest);
    return still;
  }

  const models::Model& model_;
  const models::Context& context_;
  linear::History history_;
  const Allowance& allowance_;
  Indices kept_;
  std::uint64_t trials_ = 0;
  std::uint64_t steps_ = 0;
};

/// Everything that began before the operation returned.
Indices begun_before(linear::History history, const linear::Operation& stuck) {
  Indices indices;
  for (std::uint32_t index = 0; index < history.size(); ++index)
    if (history[index].invoke <= stuck.ret) indices.push_back(index);
  return indices;
}

std::string states_in_words(const models::Model& model, const models::Context& context,
                            const std::vector<models::State>& states) {
  std::vector<std::string> words;
  for (const models::State& state : states) {
    std::string one = model.words != nullptr
                          ? model.words(context, state)
                          : "it at " + models::written(context, std::span<const std::int64_t>(state));
    if (!words.empty() && one.starts_with("it ")) one.erase(0, 3);
    if (words.empty() || ("it " + one != words[0] && std::count(words.begin(), words.end(), one) == 0))
      words.push_back(std::move(one));
  }
  return fmt::format("{}", fmt::join(words, " or "));
}

std::string why(const models::Model& model, const models::Context& context, const Explorer& last,
                std::size_t count) {
  if (count == 1) return "A cannot be right, whatever else happened";
  std::string states = states_in_words(model, context, last.stuck_states());
  if (last.stuck_states().size() == Explorer::most_states) states += " or another state";
  if (states.empty()) return "A fits nowhere among the operations before it and beside it";
  return fmt::format("A fits nowhere: in whatever order the others take effect, they leave {}", states);
}

/// The one that fits nowhere, those beside it, and then those before it, the latest first.
void sort_for_readers(linear::History history, std::uint32_t stuck, Indices& witness) {
  const linear::Operation& centre = history[stuck];
  const auto distance = [&](std::uint32_t index) -> std::uint64_t {
    if (index == stuck) return 0;
    return history[index].ret >= centre.invoke ? 1 : 2;
  };
  std::stable_sort(witness.begin(), witness.end(), [&](std::uint32_t left, std::uint32_t right) {
    if (distance(left) != distance(right)) return distance(left) < distance(right);
    return distance(left) == 2 ? history[left].ret > history[right].ret
                               : history[left].invoke < history[right].invoke;
  });
}

}  // namespace

linear::Result explain(const models::Model& model, const models::Context& context, linear::History history,
                       const Explorer& failed, const Allowance& allowance) {
  Indices kept = begun_before(history, history[failed.stuck()]);
  kept = Minimiser(model, context, history, allowance, std::move(kept)).run();
  const auto operations = cut(history, kept);
  Explorer last(model, context, operations, allowance);
  if (last.run() != Ended::invalid) return linear::contradiction(kept, "no order of these fits");
  const std::uint32_t stuck = kept[last.stuck()];
  Explorer until(model, context, operations, allowance);
  linear::Result result;
  if (until.run_until(last.stuck_at()) == Ended::valid)
    for (const std::uint32_t index : until.order()) result.order.push_back(kept[index]);
  sort_for_readers(history, stuck, kept);
  result.kind = linear::Result::Kind::invalid;
  result.why = why(model, context, last, kept.size());
  result.witness = std::move(kept);
  return result;
}

}  // namespace squall::search
