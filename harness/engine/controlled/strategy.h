// What the executor and the search say to each other. An execution is a sequence of choices: wherever tasks
// are parked, the executor offers what could happen next, the strategy picks one, the executor lets just that
// happen. Pure: nothing here knows processes, so strategies are tested on simulated ones.
//
// A task has at most one plain candidate (its next event as it would happen by itself), and beside or instead
// of it any number of extra ones: a signal that lands here, a legal fault, a timeout that expires. Every
// point is offered, those with one candidate too, so that a schedule is complete.
//
// Not thread-safe. Strategies never throw and own what they remember; candidates belong to the executor and
// live until pick() returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace squall::controlled {

enum class EventKind : std::uint8_t { start, call, load, store, rmw, exit, signal, fault, timeout };
inline constexpr std::size_t event_kinds = 9;

std::string_view word_for(EventKind);  ///< "call", "load", …
std::optional<EventKind> event_kind_of(std::string_view word);

/// Small, and the same in every execution of the same program: by lineage (the second child of the first …),
/// not by pid.
using TaskId = std::uint32_t;
inline constexpr TaskId no_task = UINT32_MAX;

using ObjectId = std::uint64_t;
inline constexpr ObjectId no_object = 0;              ///< touches nothing that another task could see
inline constexpr ObjectId every_object = UINT64_MAX;  ///< conflicts with whatever another task does

struct Candidate {
  TaskId task = 0;
  EventKind kind = EventKind::call;
  /// Objects [object, object + span): an IPC object has one number of its own, a region of shared memory a
  /// range of them, one a byte. The same number names the same thing in every execution.
  ObjectId object = no_object;
  std::uint32_t span = 1;
  bool is_write = false;  ///< changes the object: a send and a receive both do
  /// It may touch other things as well, and nobody knows which: searches aim by the object, and only
  /// conflict() asks for this.
  bool touches_more = false;
  bool awaits_ends = false;  ///< it waits for ends of tasks
  /// Which of several: the signal's number and position, the fault's errno or shortened length. 0 for plain
  /// ones.
  std::uint32_t variant = 0;
  /// Equal for equal events in all executions, and after a rebuild: role, call + channel, or region + offset
  /// + kind.
  std::uint64_t fingerprint = 0;
};

constexpr bool is_extra(EventKind kind) { return kind >= EventKind::signal; }
constexpr bool is_extra(const Candidate& candidate) { return is_extra(candidate.kind); }

/// Whether the order of two events of different tasks can matter.
constexpr bool conflict(const Candidate& one, const Candidate& other) {
  const auto is_private = [](const Candidate& it) { return it.object == no_object && !it.touches_more; };
  const auto is_anything = [](const Candidate& it) { return it.object == every_object || it.touches_more; };
  if (is_private(one) || is_private(other)) return false;
  if (is_anything(one) || is_anything(other)) return true;
  if (!one.is_write && !other.is_write) return false;
  return one.object < other.object + other.span && other.object < one.object + one.span;
}

/// Contents of what the tasks share, with where each task stood, that held just before `step` was picked.
struct Reached {
  std::uint64_t step = 0;
  std::uint64_t key = 0;       ///< a hash of both
  std::uint64_t contents = 0;  ///< a hash of the contents alone
};

struct ExecutionSummary {
  bool failed = false;
  bool abandoned = false;  ///< ended because pick() gave nothing
  std::uint64_t steps = 0;
  std::vector<Reached> reached;  ///< in the order of steps; may be empty when nobody asks
};

class Strategy {
 public:
  virtual ~Strategy() = default;

  /// A new execution. All randomness of this execution comes from `seed`. False: there is nothing left to
  /// try.
  virtual bool begin(std::uint64_t execution, std::uint64_t seed) = 0;

  /// The index of the candidate that happens next; `current` is the task of the step before, or no_task.
  /// Nothing: this execution leads nowhere new, or not where it should; end it and call finish().
  /// `candidates` is never empty.
  virtual std::optional<std::size_t> pick(std::span<const Candidate> candidates, std::uint64_t step,
                                          TaskId current) = 0;

  virtual void finish(const ExecutionSummary&) = 0;

  /// Whether summaries need `reached`: it costs a hash of shared memory a step.
  virtual bool wants_reached() const { return false; }

  /// In words, once begin() or pick() gave nothing: "exhausted: 12 schedules, none fails", "diverged at step
  /// 7: …".
  virtual std::string said() const { return {}; }
  /// The candidate that said() ends with, for whoever has words for it.
  virtual std::optional<std::size_t> met() const { return {}; }
};

struct StrategyOptions {
  unsigned depth = 3;             ///< PCT: bugs of this depth, so depth − 1 changes of priority
  unsigned preemption_bound = 2;  ///< exhaustive; `no_bound` for all schedules
  unsigned extra_bound = 1;       ///< at most so many signals, faults and early timeouts an execution
  static constexpr unsigned no_bound = UINT32_MAX;
};

struct StrategyEntry {
  std::string_view name;
  std::string_view about;
  std::unique_ptr<Strategy> (*make)(const StrategyOptions&);
};

/// Every search, by name: random, pct, pos, surw, novelty, exhaustive. Replay is in schedule.h's company: it
/// needs one.
std::span<const StrategyEntry> strategies();
const StrategyEntry* find_strategy(std::string_view name);

}  // namespace squall::controlled
