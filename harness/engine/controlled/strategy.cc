#include "harness/engine/controlled/strategy.h"

#include "harness/engine/controlled/strategies/makers.h"

#include <algorithm>
#include <array>

namespace squall::controlled {
namespace {

constexpr std::array<std::string_view, event_kinds> words = {"start", "call",   "load",  "store",  "rmw",
                                                             "exit",  "signal", "fault", "timeout"};

constexpr StrategyEntry table[] = {
    {"random", "random walk: any task at every point", make_random_walk},
    {"pct", "priorities with depth - 1 changes at contended accesses", make_pct},
    {"pos", "partial order sampling: a priority for each pending event", make_pos},
    {"surw", "all orders in which tasks come to one contended object, equally likely", make_surw},
    {"novelty", "continue from beginnings that reached new contents of shared memory", make_novelty},
    {"exhaustive", "every schedule, fewest preemptions first", make_exhaustive},
};

}  // namespace

std::string_view word_for(EventKind kind) { return words[static_cast<std::size_t>(kind)]; }

std::optional<EventKind> event_kind_of(std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<EventKind>(found - words.begin());
}

std::span<const StrategyEntry> strategies() { return table; }

const StrategyEntry* find_strategy(std::string_view name) {
  const auto found = std::find_if(std::begin(table), std::end(table),
                                  [&](const StrategyEntry& entry) { return entry.name == name; });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace squall::controlled
