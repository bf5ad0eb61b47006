// Runs a command under control, again and again: to find a failure, to show it once more, to make it simple.
//
// One thread, which becomes the tracer; make one Explorer for all of it. The words of steps cost time, so an
// execution that failed is run once more by its own schedule for them.
#pragma once

#include "harness/engine/controlled/executor.h"
#include "harness/engine/controlled/schedule.h"
#include "harness/engine/controlled/shrink.h"

#include <functional>
#include <optional>
#include <set>
#include <string>

namespace squall::controlled {

struct Search {
  std::string strategy = "surw";
  StrategyOptions options;
  std::uint64_t seed = 0;
  std::uint64_t most_runs = 1000;
  std::uint64_t for_ms = 0;       ///< 0: `most_runs` decides
  bool is_verified = false;       ///< every execution twice, and they must be equal
  std::function<bool()> is_over;  ///< asked between executions; may be empty
  std::function<void()> on_run;   ///< told after each execution; may be empty
  /// Where a share of a search begins: a multiple of runs_of_a_stretch().
  std::uint64_t first_run = 0;
};

/// After so many executions a strategy begins anew, so that what a run does depends on the seed and its
/// number alone, and stretches may be shared out. UINT64_MAX: it needs all that it has learned.
std::uint64_t runs_of_a_stretch(std::string_view strategy);

struct Exploration {
  std::uint64_t runs = 0, steps = 0;
  std::uint64_t duration_ns = 0;
  std::optional<Schedule> failing;  ///< the first that failed
  Execution last;                   ///< that one, or the last one
  std::string said;                 ///< by the strategy, when it has nothing left to try
  std::string unequal;              ///< two executions by one schedule differed: how; only when verified
  /// Fault rules, by number, that could happen in at least one execution.
  std::set<std::size_t> possible_faults;
};

struct Replayed {
  std::uint64_t times = 0;
  std::string diverged;  ///< empty: every time the same steps and the same failure
  /// A program or library that has been built anew since. Then `last` was not an exact replay: the schedule
  /// was its guide.
  std::string other_build;
  Execution last;
};

class Explorer {
 public:
  explicit Explorer(const Settings&);

  Exploration explore(const Search&);
  Replayed replay(const Schedule&, std::uint64_t times);
  Shrunk shrink(const Schedule&, const Patience& = {});

 private:
  /// `server`: null for an execution that begins with exec.
  Execution execute(Strategy&, ForkServer* server);
  std::vector<std::string> number_processes();
  bool explore_stretch(const Search&, const std::function<bool()>& goes_on, Exploration&);
  Schedule schedule_of(const Execution&, std::span<const Taken>, const std::string& strategy,
                       std::uint64_t seed);
  void describe(Schedule&);
  std::string repeated(const Schedule&, const Execution& expected);

  Settings settings_;
  CallFilter filter_;
  Processor processor_;
  Watchdog watchdog_;
  Lineages lineages_;
  ForkServer server_;
};

/// The settings of the execution that a schedule file tells of.
Settings settings_of(const Schedule&);

/// The environment of traced programs: names that programs commonly need, so that a failure file has no
/// secrets in it. Elements are NAME=value.
std::vector<std::string> plain_environment();

}  // namespace squall::controlled
