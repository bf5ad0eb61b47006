// The console: results on one stream as they come, one live line of progress on another, the whole story at
// the end.
#pragma once

#include "reports/groups.h"
#include "reports/progress.h"
#include "reports/result.h"
#include "reports/style.h"

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>

namespace squall::reports {

struct ConsoleOptions {
  Style out;       ///< of the stream of results
  Style progress;  ///< of the stream of progress; nothing is written there unless it is a terminal
  Verbosity verbosity = Verbosity::normal;
  std::function<std::uint64_t()> now_ns;  ///< a monotonic clock; the steady one when empty
};

/// Borrows both streams, which must outlive it. Not thread-safe: one thread calls it, or the callers take
/// turns. Call order: run_started, then any number of case_started, case_finished, tick and resize, then
/// run_finished. Errors of the streams stay in the streams.
class Console {
 public:
  Console(std::ostream& out, std::ostream& progress, ConsoleOptions);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// `cases`: how many CaseResults will come, unsupported ones and repetitions included; 0 when nobody knows
  /// (--for). `repetitions`: of each case; 0 without --repeat and with --for.
  void run_started(std::size_t cases, unsigned repetitions = 0);
  void case_started(const std::string& name);
  void case_finished(const CaseResult&);
  void run_finished(const RunResult&);

  /// Redraws the progress when it is older than 50 ms. Call it from the event loop.
  void tick();
  /// After SIGWINCH: terminal_width() of the stream of progress.
  void resize(unsigned columns);
  /// Takes the progress line away, so that somebody else can write. The next event draws it again.
  void clear();

 private:
  void draw();
  void line(const std::string& text);
  void repetition_finished(const CaseResult&);

  std::ostream& out_;
  std::ostream& err_;
  ConsoleOptions options_;
  Progress progress_;
  std::uint64_t started_ns_ = 0;
  std::uint64_t drawn_ns_ = 0;
  bool drawn_ = false;
  unsigned repetitions_ = 0;
  std::map<std::string, Tally> tallies_;  ///< of cases whose repetitions are not all there yet
};

}  // namespace squall::reports
