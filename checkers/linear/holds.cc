#include "checkers/linear/holds.h"

#include <optional>
#include <unordered_map>

namespace squall::linear {
namespace {

constexpr std::int64_t not_recoverable = 2;

struct Process {
  Index last = none;  ///< its last operation
  Index hold = none;  ///< what it holds: an index into the holds
};

class Pairs {
 public:
  explicit Pairs(History history) : history_(history) { found_.holds.reserve(history.size() / 2); }

  void add(Index index) {
    const Operation& operation = history_[index];
    Process& process = process_of(operation.process);
    if (process.last != none && history_[process.last].ret > operation.invoke)
      return reject(undecided("a process does two things at once"));
    process.last = index;
    if (operation.function == Function::acquire)
      acquire(process, index);
    else if (operation.function == Function::release)
      release(process, index);
    else
      reject(undecided("it has operations that are neither acquire nor release"));
  }

  Holds take() { return std::move(found_); }
  bool rejected() const { return found_.defect.has_value(); }

 private:
  void reject(Result result) { found_.defect = std::move(result); }

  void acquire(Process& process, Index index) {
    if (history_[index].pending()) return found_.attempts.push_back(index);
    if (history_[index].result == not_recoverable) return found_.refusals.push_back(index);
    if (process.hold != none)
      return reject(contradiction({found_.holds[process.hold].acquire, index},
                                  "A acquired it and did not release it before B acquired it again"));
    process.hold = static_cast<Index>(found_.holds.size());
    found_.holds.push_back({index, none});
  }

  void release(Process& process, Index index) {
    if (process.hold != none)
      found_.holds[process.hold].release = index;
    else if (!history_[index].pending())
      reject(contradiction({index}, "A released what its process did not hold"));
    process.hold = none;
  }

  Process& process_of(std::uint32_t id) {
    constexpr std::uint32_t few = 4096;
    if (id >= few) return many_[id];
    if (id >= few_.size()) few_.resize(id + 1);
    return few_[id];
  }

  History history_;
  Holds found_;
  std::vector<Process> few_;
  std::unordered_map<std::uint32_t, Process> many_;
};

/// Without an order the history is walked as it stands: nothing if it has another one.
std::optional<Holds> pair_up(History history, const std::vector<Index>& order) {
  Pairs pairs(history);
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const Index index = order.empty() ? static_cast<Index>(i) : order[i];
    if (history[index].invoke < before) return std::nullopt;
    before = history[index].invoke;
    if (!pairs.rejected()) pairs.add(index);
  }
  return pairs.take();
}

}  // namespace

Holds find_holds(History history) {
  Holds none_found;
  if (const std::string why = too_long(history); !why.empty()) {
    none_found.defect = undecided(why);
    return none_found;
  }
  if (std::optional<Holds> found = pair_up(history, {})) return std::move(*found);
  return std::move(*pair_up(history, by_invocation(history)));
}

}  // namespace squall::linear
