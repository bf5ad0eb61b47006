// Certain holds follow each other. Whoever is told that the owner died comes after one that did: the holder
// before it, who never released it (or was about to when he died), or else a process that was killed while it
// was acquiring; each of these died once, and explains one telling. Which one explains which is a matching of
// intervals, by the earliest deadline. Whoever is told nothing comes after a release that left it consistent,
// and "not recoverable" after one that did not. n log n; exact for processes that do one thing after the
// other.
#include "checkers/linear/holds.h"
#include "checkers/linear/sort.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

namespace squall::linear {
namespace {

constexpr std::int64_t owner_died = 1;
constexpr std::int64_t made_consistent = 1;

class RobustMutex {
 public:
  RobustMutex(History history, std::span<const Death> deaths)
      : history_(history), found_(find_holds(history)) {
    deaths_.assign(deaths.begin(), deaths.end());
    std::stable_sort(deaths_.begin(), deaths_.end(),
                     [](const Death& left, const Death& right) { return left.process < right.process; });
    sort_holds();
  }

  Result judge() {
    if (found_.defect) return *found_.defect;
    if (!deaths_.empty() && std::ranges::any_of(history_, [this](const Operation& operation) {
          const Death* death = death_of(operation);
          return death != nullptr && death->until < last_sign_of(operation);
        }))
      return undecided("a process did something after it had died");
    Result result = judge_holds();
    if (result.invalid() && tied())
      return undecided("holds of the same instant can have followed each other in any order");
    return result;
  }

 private:
  /// A hold began and ended at the instant at which another one did.
  bool tied() const {
    return std::adjacent_find(found_.holds.begin(), found_.holds.end(),
                              [&](const Hold& one, const Hold& other) {
                                const std::uint64_t instant = history_[one.acquire].ret;
                                return end_of(one) == instant && history_[other.acquire].ret == instant &&
                                       end_of(other) == instant;
                              }) != found_.holds.end();
  }

  /// By the time from which they are certain; at equal times the shortest first.
  void sort_holds() {
    const auto begin = [&](const Hold& hold) { return history_[hold.acquire].ret; };
    std::vector<Index> order(found_.holds.size());
    std::iota(order.begin(), order.end(), 0);
    sort_by(order, [&](Index index) { return begin(found_.holds[index]); });
    std::vector<Hold> sorted;
    sorted.reserve(order.size());
    for (Index index : order) sorted.push_back(found_.holds[index]);
    for (auto first = sorted.begin(); first != sorted.end();) {
      const auto last =
          std::find_if(first, sorted.end(), [&](const Hold& hold) { return begin(hold) != begin(*first); });
      if (std::next(first) != last)
        std::stable_sort(first, last,
                         [&](const Hold& one, const Hold& other) { return end_of(one) < end_of(other); });
      first = last;
    }
    found_.holds = std::move(sorted);
  }

  Result judge_holds() {
    find_victims();
    std::uint64_t free_from = 0;
    for (std::size_t i = 0; i < found_.holds.size(); ++i) {
      if (std::optional<Result> defect = judge_hold(i, free_from)) return *defect;
      free_from = end_of(found_.holds[i]);
    }
    for (Index refusal : found_.refusals)
      if (std::optional<Result> defect = judge_refusal(refusal)) return *defect;
    return {};
  }

  struct Victim {
    std::uint64_t from;   ///< it may have died as the owner from then
    std::uint64_t until;  ///< to then
    std::uint32_t process;
    bool operator>(const Victim& other) const { return until > other.until; }
  };

  const Death* death_of(const Operation& operation) const {
    const std::uint32_t process = operation.process;
    const auto at = std::partition_point(deaths_.begin(), deaths_.end(),
                                         [=](const Death& death) { return death.process < process; });
    return at != deaths_.end() && at->process == process ? &*at : nullptr;
  }

  static std::uint64_t last_sign_of(const Operation& operation) {
    return operation.pending() ? operation.invoke : operation.ret;
  }

  /// Processes that died in an acquire, by when they can have begun to hold it and died.
  void find_victims() {
    for (Index attempt : found_.attempts)
      if (const Death* death = death_of(history_[attempt]); death != nullptr)
        victims_.push_back({std::max(death->from, history_[attempt].invoke), death->until, death->process});
    std::sort(victims_.begin(), victims_.end(),
              [](const Victim& left, const Victim& right) { return left.from < right.from; });
  }

  bool told(const Hold& hold) const { return history_[hold.acquire].result == owner_died; }
  bool released(const Hold& hold) const { return hold.release != none; }
  bool certainly_released(const Hold& hold) const {
    return released(hold) && !history_[hold.release].pending();
  }
  bool left_inconsistent(const Hold& hold) const {
    return told(hold) && certainly_released(hold) && history_[hold.release].result != made_consistent;
  }

  /// The earliest that anybody else can have had it.
  std::uint64_t end_of(const Hold& hold) const {
    if (released(hold)) return history_[hold.release].invoke;
    const Death* death = death_of(history_[hold.acquire]);
    return death == nullptr ? never : std::max(death->from, history_[hold.acquire].ret);
  }

  bool may_have_died(const Hold& hold, std::uint64_t by) const {
    const Death* death = death_of(history_[hold.acquire]);
    return death != nullptr && !certainly_released(hold) && death->from <= by;
  }

  std::optional<Result> judge_hold(std::size_t at, std::uint64_t free_from) {
    const Hold& hold = found_.holds[at];
    const std::uint64_t by = history_[hold.acquire].ret;
    if (at > 0) {
      const Hold& before = found_.holds[at - 1];
      if (free_from > by) return overlap(before, hold);
      if (left_inconsistent(before))
        return contradiction(
            {before.acquire, before.release, hold.acquire},
            "A was told that the owner had died, B released it without having made it consistent, "
            "and C acquired it all the same");
      if (told(hold) && may_have_died(before, by)) return std::nullopt;
      if (!released(before))
        return contradiction({before.acquire, hold.acquire},
                             "the process of A died holding it, and B, the next to get it, was not told");
    }
    if (!told(hold) || find_victim(free_from, history_[hold.acquire])) return std::nullopt;
    return contradiction(
        {hold.acquire},
        "A was told that the owner had died, and nobody is left who can have died as the owner");
  }

  bool find_victim(std::uint64_t free_from, const Operation& acquire) {
    for (; next_victim_ < victims_.size() && victims_[next_victim_].from <= acquire.ret; ++next_victim_)
      waiting_.push(victims_[next_victim_]);
    while (!waiting_.empty() && waiting_.top().until < free_from) waiting_.pop();
    if (waiting_.empty()) return false;
    const Victim victim = waiting_.top();
    waiting_.pop();
    if (victim.process != acquire.process) return true;
    const bool another = find_victim(free_from, acquire);  // nobody comes after himself
    waiting_.push(victim);
    return another;
  }

  Result overlap(const Hold& before, const Hold& hold) const {
    if (!released(before))
      return contradiction({before.acquire, hold.acquire},
                           "A was alive and had not released it when B had acquired it");
    return contradiction({before.acquire, before.release, hold.acquire},
                         "A acquired it, and B had not begun to release it when C had acquired it too");
  }

  std::optional<Result> judge_refusal(Index refusal) const {
    const Hold* last = found_.holds.empty() ? nullptr : &found_.holds.back();
    if (last == nullptr || !told(*last) || !released(*last))
      return contradiction({refusal},
                           "A was told that it is not recoverable, and nobody had left it inconsistent");
    if (certainly_released(*last) && !left_inconsistent(*last))
      return contradiction({last->acquire, last->release, refusal},
                           "C was told that it is not recoverable, but the last to hold it, A, had made it "
                           "consistent before B");
    if (history_[last->release].invoke > history_[refusal].ret)
      return contradiction({refusal, last->release},
                           "A was told that it is not recoverable before B began to release it inconsistent");
    return std::nullopt;
  }

  History history_;
  Holds found_;
  std::vector<Death> deaths_;  ///< by process
  std::vector<Victim> victims_;
  std::size_t next_victim_ = 0;
  std::priority_queue<Victim, std::vector<Victim>, std::greater<>> waiting_;
};

}  // namespace

Result check_robust_mutex(History history, std::span<const Death> deaths) {
  return RobustMutex(history, deaths).judge();
}

std::vector<Death> deaths_by_silence(History history) {
  const Holds found = find_holds(history);
  std::vector<Death> deaths;
  const auto fall_silent = [&](Index last) {
    const Operation& operation = history[last];
    deaths.push_back({operation.process, operation.pending() ? operation.invoke : operation.ret, never});
  };
  for (Index attempt : found.attempts) fall_silent(attempt);
  for (const Hold& hold : found.holds)
    if (hold.release == none)
      fall_silent(hold.acquire);
    else if (history[hold.release].pending())
      fall_silent(hold.release);
  return deaths;
}

}  // namespace squall::linear
